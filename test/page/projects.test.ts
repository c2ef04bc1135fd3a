import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { expectAccessible, inspect, keepPicture, pageSuite } from './support/page-suite.ts'

/* Projects: made, changed, emptied and deleted from the page, and the set-up of each SDK. */

const suite = pageSuite()
const projectsOf = (token: string) => `#/p/${encodeURIComponent(token)}/projects`

async function read(path: string) {
  return await suite.server.inject({ url: `/_twin/projects/${path}` })
}

describe('the first visit', () => {
  const empty = pageSuite({ unknownTokens: 'create' })

  it('shows how to send an event, and opens Live once it has created a project', async () => {
    await inspect(empty, 'first-visit', '', (page) =>
      page.getByRole('heading', { name: 'Send the first event' }).waitFor(),
    )
    const page = await empty.open('#/projects')
    await page.getByText("mixpanel.init('my-project'").waitFor()
    const command = await page.getByRole('region', { name: 'A command that sends an event' }).innerText()
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -s`])
    expect(JSON.parse(stdout)).toMatchObject({ status: 1 })
    await page.getByRole('listbox', { name: 'Records' }).getByText('Signed up').first().waitFor()
    expect(page.url()).toContain('#/p/my-project/live')
  })

  it('of a token that is a slip of another’s says so in the list, within the width of a narrow screen', async () => {
    const token = 'checkout-shop'
    await empty.createProject({ name: 'A shop with a name that is longer than the screen is wide', token })
    await empty.track([{ event: 'Login', properties: { token: 'Checkout-Shop', distinct_id: 'charlie' } }])
    const page = await empty.open(projectsOf(token), { viewport: { width: 360, height: 740 } })
    const row = page.getByRole('row').filter({ hasText: 'similar to' })
    await row.getByText('similar to checkout-shop').waitFor()
    const cut =
      '[...document.querySelectorAll(".table-frame")].map((one) => one.scrollWidth - one.clientWidth)'
    expect(await page.evaluate(cut)).toEqual([0])
  })
})

describe('projects', () => {
  it('are made; the credentials are shown once and open what they should', async () => {
    const page = await suite.open('#/projects')
    const opener = page.getByRole('button', { name: 'Create project' })
    const name = page.getByLabel('Name').first()
    await opener.or(name).first().waitFor()
    if (!(await name.isVisible())) await opener.click()
    await name.fill('Shop')
    await page.getByLabel('Token').fill('shop-token')
    await page.getByLabel('Original ID Merge').check()
    await page.getByRole('button', { name: 'Create project' }).click()
    const dialog = page.getByRole('dialog', { name: 'Credentials of “Shop”' })
    await dialog.waitFor()
    const [secret = ''] = await dialog.locator('code').filter({ hasNotText: '/import' }).allInnerTexts()
    await keepPicture(page, 'projects-credentials')
    await expectAccessible(page)
    expect((await read('shop-token')).json()).toMatchObject({ name: 'Shop', id_management: 'original' })
    const asked = await suite.server.inject({
      url: '/api/2.0/export?from_date=2026-01-01&to_date=2026-01-02',
      headers: { authorization: `Basic ${btoa(`${secret}:`)}` },
    })
    expect(asked.statusCode).toBe(200)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(page.url()).toContain('#/p/shop-token/projects')
  })

  it('that are many are searched, the one that is chosen before all', async () => {
    const { token } = await suite.createProject({ name: 'The first of many' })
    for (let n = 0; n < 9; n += 1) await suite.createProject({ name: `Run ${n}`, token: `run-${n}-${token}` })
    const page = await suite.open(projectsOf(token))
    const rows = page.getByRole('region', { name: /^Projects: / }).getByRole('row')
    await rows.nth(1).getByRole('link', { name: 'The first of many' }).waitFor()
    await rows.nth(2).getByRole('link', { name: 'Run 8' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('RUN-3-')
    await page.getByRole('region', { name: 'Projects: 1' }).getByRole('link', { name: 'Run 3' }).click()
    await page.getByRole('heading', { name: 'Set up “Run 3”' }).waitFor()
  })

  // Before the thousands, which take long to judge.
  it('look right and are accessible', async () => {
    const { token } = await suite.createProject({ name: 'Shop' })
    await inspect(suite, 'projects', projectsOf(token), (page) => page.getByText('Set up “Shop”').waitFor())
    await inspect(suite, 'projects-new', projectsOf(token), (page) =>
      page.getByRole('button', { name: 'Create project' }).click(),
    )
  })

  it('that are thousands are not all loaded: others are found on the server, chosen and kept', async () => {
    const { token } = await suite.createProject({ name: 'Long ago', token: 'long-ago' })
    for (let n = 0; n < 130; n += 1) await suite.createProject({ name: `Flood ${n}`, token: `flood-${n}` })
    const page = await suite.open('#/projects')
    let listed = 0
    page.on('response', async (response) => {
      if (!new URL(response.url()).pathname.endsWith('/_twin/projects')) return
      listed = Math.max(listed, (await response.json()).projects.length)
    })
    await page.getByText('Only the newest are listed').waitFor()
    const choice = page.getByLabel('Project', { exact: true })
    await choice.selectOption({ label: 'Find another…' })
    await page.keyboard.press('/')
    await page.keyboard.type('LONG-ago')
    await page.getByText('1 found').waitFor()
    await page.getByRole('region', { name: 'Projects: 1' }).getByRole('link', { name: 'Long ago' }).click()
    await page.getByRole('heading', { name: 'Set up “Long ago”' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Users', exact: true }).click()
    await page.reload()
    expect(await choice.inputValue()).toBe(token)
    expect(page.url()).toContain('#/p/long-ago/users')
    await choice.selectOption({ label: 'Flood 129' })
    await page.waitForURL(/flood-129/)
    expect(listed).toBeLessThanOrEqual(100)
  })

  it('lead to the document of the API', async () => {
    const page = await suite.open('#/projects')
    await page.getByRole('link', { name: 'openapi.json' }).click()
    await page.getByText('"openapi":"3.1').waitFor()
  })

  it('say why they are not made', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(projectsOf(token))
    await page.getByRole('button', { name: 'Create project' }).click()
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Create project' }).click()
    await page.getByRole('alert').filter({ hasText: 'Another project has this token.' }).waitFor()
  })

  it('are changed, setting by setting, and say why they are not', async () => {
    const { token } = await suite.createProject({ name: 'Before' })
    const page = await suite.open(projectsOf(token))
    const form = page.getByRole('form', { name: 'Settings' })
    const system = form.getByLabel('Identity system')
    await form.getByText('Can be changed until the first event').waitFor()
    expect(await system.isEnabled()).toBe(true)
    await suite.track([{ event: 'E', properties: { token, distinct_id: 'u' } }])
    await form.getByText('Cannot be changed: the project has events').waitFor()
    expect(await system.isDisabled()).toBe(true)
    await form.getByLabel('Name', { exact: true }).fill('After')
    await form.getByText('Behaviour and limits').click()
    await form.getByLabel('Region').selectOption('EU')
    await form.getByLabel('Group keys').fill('company, team')
    await form.getByLabel('Events per second').fill('50')
    await form.getByRole('button', { name: 'Save' }).click()
    await form.getByText('Saved.').waitFor()
    expect((await read(token)).json()).toMatchObject({
      name: 'After',
      settings: { region: 'eu', group_keys: ['company', 'team'], ingestion_events_per_second: 50 },
    })
    await form.getByLabel('Time zone').fill('Nowhere')
    await form.getByRole('button', { name: 'Save' }).click()
    await form.getByText('timezone "Nowhere" is not an IANA name').waitFor()
  })

  it('have a clock, which is set, shown on the live view, and given back', async () => {
    const { token } = await suite.createProject({ name: 'Time traveller' })
    const page = await suite.open(projectsOf(token), { timezoneId: 'Europe/Berlin' })
    const form = page.getByRole('form', { name: 'Clock' })
    await form.getByText('The server’s clock.').waitFor()
    await form.getByLabel('Set to').fill('2040-01-02T03:04:05')
    await form.getByRole('button', { name: 'Set clock' }).click()
    await form.getByText('ahead of the server').waitFor()
    const { now } = (await read(`${token}/clock`)).json()
    expect(Math.abs(Date.parse(now) - Date.parse('2040-01-02T03:04:05+01:00'))).toBeLessThan(60_000)
    await form.getByText('2 Jan 2040').waitFor()
    await keepPicture(page, 'projects-clock')
    await page.getByRole('link', { name: 'Live', exact: true }).click()
    const notice = page.getByRole('note').filter({ hasText: 'This project’s clock is' })
    await notice.waitFor()
    await suite.track([{ event: 'E', properties: { token, distinct_id: 'u' } }])
    await page.getByRole('region', { name: 'Records' }).waitFor()
    await notice.waitFor()
    await keepPicture(page, 'live-clock')
    await expectAccessible(page)
    await notice.getByRole('link', { name: 'Clock settings' }).click()
    await form.getByRole('button', { name: 'Reset clock' }).click()
    await form.getByText('The server’s clock.').waitFor()
    await page.getByRole('link', { name: 'Live', exact: true }).click()
    await page.getByRole('region', { name: 'Records' }).waitFor()
    expect(await notice.count()).toBe(0)
  })

  it('are emptied after a question, and deleted after one', async () => {
    const { token } = await suite.createProject({ name: 'Short-lived' })
    await suite.track([{ event: 'E', properties: { token, distinct_id: 'u' } }])
    const page = await suite.open(projectsOf(token))
    await page.getByRole('button', { name: 'Reset…' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect((await read(`${token}/events`)).json().events).toHaveLength(1)
    await page.getByRole('button', { name: 'Reset…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect((await read(`${token}/events`)).json().events).toHaveLength(0)
    await page.getByRole('button', { name: 'Delete…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('row').filter({ hasText: 'Short-lived' }).waitFor({ state: 'detached' })
    expect((await read(token)).statusCode).toBe(404)
  })

  it('have a set-up for every SDK, with this server and this token in it', async () => {
    const { token } = await suite.createProject({ token: 'set-up-token' })
    const page = await suite.open(projectsOf(token))
    await page.getByRole('button', { name: 'curl' }).waitFor()
    const names = await page.getByRole('group', { name: 'SDK' }).getByRole('button').allInnerTexts()
    expect(names).toHaveLength(13)
    for (const name of names) {
      await page.getByRole('group', { name: 'SDK' }).getByRole('button', { name, exact: true }).click()
      const code = await page.getByRole('region', { name: `The set-up for ${name}` }).innerText()
      expect(code, name).toContain('set-up-token')
      expect(code, name).toContain(`:${new URL(suite.server.url).port}`)
    }
  })
})
