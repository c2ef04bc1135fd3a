import { describe, expect, it } from 'vitest'
import {
  expectAccessible,
  expectNoSidewaysScroll,
  inspect,
  keepPicture,
  pageSuite,
} from './support/page-suite.ts'

/* What is around the views: the way between them and between projects, keys, themes, and what cannot be shown. */

const suite = pageSuite()
const viewOf = (token: string, view: string) => `#/p/${encodeURIComponent(token)}/${view}`
const VIEWS = ['Live', 'Users', 'Verdicts', 'Clients', 'Explain', 'Projects']

describe('the way', () => {
  it('between views is by keys, and back and forward lead to where one was, filter and all', async () => {
    const { token } = await suite.createProject({ name: 'Shop' })
    await suite.track([{ event: 'Login', properties: { token, distinct_id: 'charlie' } }])
    const page = await suite.open(viewOf(token, 'live?q=login'))
    const current = () => page.locator('nav a[aria-current=page]').innerText()
    for (const [at, name] of VIEWS.entries()) {
      await page.keyboard.press(String(at + 1))
      await expect.poll(current).toBe(name)
    }
    for (const name of VIEWS.toReversed().slice(1, -1)) {
      await page.goBack()
      await expect.poll(current).toBe(name)
    }
    await page.goto(page.url().replace(/#.*/, viewOf(token, 'live?q=login')))
    await page.getByRole('option').filter({ hasText: 'Login' }).click()
    await page.getByRole('complementary').getByRole('link', { name: 'charlie' }).click()
    await page.getByRole('heading', { name: 'charlie' }).waitFor()
    await page.goBack()
    await page.getByRole('complementary').getByRole('heading', { name: 'Login' }).waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toBe('login')
    await page.goForward()
    await page.getByRole('heading', { name: 'charlie' }).waitFor()
  })

  it('between projects keeps the view, and the last one is opened the next time', async () => {
    const { token } = await suite.createProject({ name: 'First' })
    const other = await suite.createProject({ name: 'Second' })
    const page = await suite.open(viewOf(token, 'verdicts'))
    await page.getByLabel('Project').selectOption({ label: 'Second' })
    await expect.poll(() => page.url()).toContain(viewOf(other.token, 'verdicts'))
    expect(await page.title()).toBe('Verdicts · Second · Twinpanel')
    await page.goto(page.url().replace(/#.*/, ''))
    await expect.poll(() => page.url()).toContain(viewOf(other.token, 'live'))
  })

  it('by Tab begins with a step over the header, and every stop is seen', async () => {
    const { token } = await suite.createProject()
    await suite.track([{ event: 'Login', properties: { token, distinct_id: 'charlie' } }])
    const page = await suite.open(viewOf(token, 'live'))
    await page.locator('.virtual-row').waitFor()
    const stops: string[] = []
    for (let n = 0; n < 16; n += 1) {
      await page.keyboard.press('Tab')
      stops.push(await page.evaluate<string>(FOCUSED))
    }
    expect(stops[0]).toBe('Skip to the content, outlined')
    expect(stops).toContain('Filter the records, outlined')
    expect(stops).toContain('Records, the newest first, outlined')
    expect(stops.filter((stop) => !stop.endsWith(', outlined') && !stop.startsWith('BODY'))).toEqual([])
    await page.reload()
    await page.locator('.virtual-row').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate<string>(FOCUSED)).toBe('Filter the records, outlined')
  })
})

/** What has the focus, and whether one sees that. */
const FOCUSED = `(() => {
  const { activeElement: own } = document
  const { outlineStyle, outlineWidth } = getComputedStyle(own)
  const isOutlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
  const name = own.getAttribute('aria-label') ?? own.innerText
  return (own === document.body ? 'BODY' : name) + (isOutlined ? ', outlined' : '')
})()`

describe('the looks', () => {
  it('go from those of the machine to light and dark, and stay', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(viewOf(token, 'projects'), { colorScheme: 'light' })
    const ground = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
    const light = await ground()
    const change = page.getByRole('button', { name: /^Colours:/ })
    await change.click()
    await change.click()
    expect(await ground()).not.toBe(light)
    await page.reload()
    await page.getByRole('button', { name: 'Colours: dark. Change' }).waitFor()
    expect(await ground()).not.toBe(light)
  })

  it('do not move where that is not wanted', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(viewOf(token, 'live'), { reducedMotion: 'reduce' })
    await page.getByRole('button', { name: 'Send a test event' }).waitFor()
    expect(await page.evaluate<number>('document.getAnimations().length')).toBe(0)
    const durations = await page.evaluate<string[]>(
      `[...document.querySelectorAll('*')].map((own) => getComputedStyle(own).transitionDuration)`,
    )
    expect(new Set(durations)).toEqual(new Set(['0s']))
  })

  it('of the help are right in every theme and width', async () => {
    const { token } = await suite.createProject()
    await inspect(suite, 'help', viewOf(token, 'projects'), async (page) => {
      await page.getByText('Set up').first().waitFor()
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Help' }).getByText('address.city=Berlin').waitFor()
    })
  })
})

describe('what cannot be shown', () => {
  it('is a project that is not there: how to make it, and it is shown once it is', async () => {
    const token = `later-${Date.now()}`
    await suite.createProject({ name: 'One that is there' })
    const page = await suite.open(viewOf(token, 'live'))
    await page.getByRole('heading', { name: `No project has the token “${token}”` }).waitFor()
    await page.getByRole('link', { name: 'One that is there' }).waitFor()
    await page.getByText(`mixpanel.init('${token}'`).waitFor()
    await keepPicture(page, 'unknown-project')
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    await page.getByRole('link', { name: 'Create project' }).click()
    await page.getByRole('heading', { name: 'Projects' }).waitFor()
    await page.goBack()
    await suite.createProject({ token, name: 'Made meanwhile' })
    await page.getByRole('heading', { name: 'Nothing has arrived yet' }).waitFor()
  })

  it('is what the server no longer answers: what was read stays, and goes on with the server', async () => {
    const { token } = await suite.createProject()
    await suite.track([
      { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'first' } },
    ])
    const page = await suite.open(viewOf(token, 'verdicts'))
    const shown = (count: number) =>
      page
        .getByRole('rowgroup', { name: 'identity.alias_noop_simplified' })
        .getByRole('cell', { name: String(count), exact: true })
    await shown(1).waitFor()
    await page.context().setOffline(true)
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
    await suite.server.restart()
    await page.getByRole('alert').filter({ hasText: 'The server does not answer' }).waitFor()
    await shown(1).waitFor()
    await keepPicture(page, 'no-connection')
    await expectAccessible(page)
    await page.context().setOffline(false)
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await suite.track([
      { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'second' } },
    ])
    await shown(2).waitFor()
  })
})
