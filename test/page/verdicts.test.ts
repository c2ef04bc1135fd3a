import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  expectAccessible,
  expectNoSidewaysScroll,
  inspect,
  keepPicture,
  pageSuite,
} from './support/page-suite.ts'

/* Verdicts: what was told of a project's records, by code. */

const suite = pageSuite()
const verdictsOf = (token: string) => `#/p/${encodeURIComponent(token)}/verdicts`

async function projectWithVerdicts() {
  const project = await suite.createProject({ name: 'Shop' })
  const { token } = project
  await suite.track([
    { event: 'Signed up', properties: { token, $device_id: 'd1', $user_id: 'charlie' } },
    { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'first' } },
    { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'second' } },
    { event: 'Borrowed', properties: { token, $device_id: 'd1', $user_id: 'taylor' } },
  ])
  return project
}

const ALIAS = 'identity.alias_noop_simplified'
const rowOf = (page: Page, code: string) => page.getByRole('rowgroup', { name: code, exact: true })

describe('the verdicts', () => {
  it('are a table by code, the worst first: severity, sentence, outcome, count and when last', async () => {
    const { token } = await projectWithVerdicts()
    const page = await suite.open(verdictsOf(token))
    const alias = rowOf(page, ALIAS)
    await alias.waitFor()
    const cells = await alias.getByRole('cell').allInnerTexts()
    expect(cells.map((text) => text.trim())).toEqual([
      'Error',
      expect.stringContaining('Simplified ID Merge has no aliases.'),
      'No effect',
      '2',
      expect.stringMatching(/^now$|ago$/),
    ])
    expect(await alias.locator('time').getAttribute('title')).toMatch(/^\d+ \w+ \d{4}, \d\d:\d\d:\d\d$/)
    const severities = await page.locator('.cell-severity').allInnerTexts()
    expect(severities).toEqual(severities.toSorted((a, b) => rank(a) - rank(b)))
    await suite.track([
      { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'third' } },
    ])
    await alias.getByRole('cell', { name: '3', exact: true }).waitFor()
  })

  it('open to the newest records with their own sentences, the advice and the rule', async () => {
    const { token } = await suite.createProject()
    const ago = (days: number) => Date.now() / 1_000 - days * 86_400
    for (const days of [6, 7, 8, 9, 10, 11, 12]) {
      const properties = { token, distinct_id: `user-${days}`, time: ago(days) }
      await suite.track([{ event: 'History', properties }])
    }
    const page = await suite.open(verdictsOf(token))
    const row = rowOf(page, 'time.too_old_for_track')
    await row.getByText('is 12 days old').click()
    const examples = row.getByRole('region', { name: 'Examples of time.too_old_for_track' })
    await examples.getByRole('heading', { name: 'The newest 5 of 7 records' }).waitFor()
    await examples.getByRole('listitem').nth(4).waitFor()
    const sentences = await examples.getByRole('listitem').allInnerTexts()
    expect(sentences.map((text) => /is (\d+) days old/.exec(text)?.[1])).toEqual(['12', '11', '10', '9', '8'])
    await row.getByText('Send history to /import').first().waitFor()
    await row.getByRole('region', { name: 'Rule TRK-28' }).getByRole('heading', { name: 'Source' }).waitFor()
    await examples.getByText('Record', { exact: true }).first().click()
    await examples.getByText('"user-12"').waitFor()
    // What is open stays so through a reload; a user and a record are a click away.
    await page.reload()
    await examples.getByRole('link', { name: 'History' }).first().click()
    await page.getByRole('complementary').getByRole('heading', { name: 'History' }).waitFor()
    await page.goBack()
    await examples.getByRole('link', { name: 'user-12' }).click()
    expect(new URL(page.url()).hash).toContain('/users/user-12')
  })

  it('give each record its own advice', async () => {
    const { token } = await suite.createProject()
    await suite.track([{ event: 'A', properties: { token, distinct_id: 'null' } }])
    const refuse = (record: object) =>
      suite.server.inject({ method: 'POST', url: '/track', payload: [record] })
    await refuse({ event: '', properties: { token } })
    await refuse({ event: 'B', properties: { token, distinct_id: 'u', time: 'yesterday' } })
    const page = await suite.open(`${verdictsOf(token)}?open=record.invalid-rejected-error`)
    const row = rowOf(page, 'record.invalid')
    await row.getByRole('listitem').nth(1).waitFor()
    const advice = await row.locator('.advice').allInnerTexts()
    expect(advice).toHaveLength(2)
    expect(new Set(advice).size).toBe(2)
  })

  it('have a row for each outcome of a code, which opens by itself', async () => {
    const { token } = await suite.createProject()
    const at = (time: number) => ({ event: 'View', properties: { token, distinct_id: 'u', time } })
    await suite.track([at(1), at(Date.now() * 1_000)])
    const page = await suite.open(verdictsOf(token))
    const rows = rowOf(page, 'time.unit_suspect')
    await rows.nth(1).waitFor()
    expect(await rows.locator('.cell-outcome').allInnerTexts()).toEqual(['Dropped', 'Stored'])
    await rows.nth(0).getByRole('button').click()
    const examples = page.getByRole('region', { name: 'Examples of time.unit_suspect' })
    await examples.getByText('time 1 reads as').waitFor()
    expect(await examples.getByRole('listitem').count()).toBe(1)
  })

  it('have a row for each severity of a code, and the filters count them apart', async () => {
    const { token } = await suite.createProject()
    const under = (id: string) => ({ event: 'View', properties: { token, distinct_id: id, $device_id: id } })
    await suite.track([under('3b241101-e2bb-4255-8caf-4136c566a962'), under('charlie')])
    const page = await suite.open(verdictsOf(token))
    const rows = rowOf(page, 'identity.user_id_in_device_id')
    await rows.nth(1).waitFor()
    expect(await rows.locator('.cell-severity').allInnerTexts()).toEqual(['Warning', 'Info'])
    await rows.nth(0).getByRole('button').click()
    const examples = page.getByRole('region', { name: 'Examples of identity.user_id_in_device_id' })
    await examples.getByRole('link', { name: 'charlie' }).waitFor()
    expect(await examples.getByRole('listitem').count()).toBe(1)
    await page.getByRole('button', { name: 'Info 1' }).click()
    await rows.nth(1).waitFor({ state: 'detached' })
    expect(await rows.locator('.cell-severity').allInnerTexts()).toEqual(['Info'])
  })

  it('mark what differs from record to record', async () => {
    const { token } = await suite.createProject()
    const record = { event: 'View', properties: { token, distinct_id: 'null' } }
    await suite.track([record, record])
    const page = await suite.open(verdictsOf(token))
    const row = rowOf(page, 'identity.disallowed_id')
    await row.locator('var').first().waitFor()
    expect(await row.locator('var').allInnerTexts()).toContain('null')
  })

  it('lead to their records in Live', async () => {
    const { token } = await projectWithVerdicts()
    const page = await suite.open(`${verdictsOf(token)}?open=${ALIAS}-no_effect-error`)
    await rowOf(page, ALIAS).getByRole('link', { name: 'Show in Live' }).click()
    const rows = page.getByRole('listbox', { name: 'Records' }).getByRole('option')
    await rows.first().waitFor()
    expect(await rows.count()).toBe(2)
    await rows.filter({ hasText: '$create_alias' }).nth(1).waitFor()
  })

  it('are opened and closed by keys', async () => {
    const { token } = await projectWithVerdicts()
    const page = await suite.open(verdictsOf(token))
    const openers = page.locator('.opener')
    await openers.nth(1).waitFor()
    const focused = () => page.evaluate('document.activeElement.textContent')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    expect(await focused()).toBe(await openers.nth(1).textContent())
    await page.keyboard.press('k')
    expect(await focused()).toBe(await openers.nth(0).textContent())
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Records' }).waitFor()
    expect(await openers.nth(0).getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Records' }).waitFor({ state: 'detached' })
  })

  it('say plainly that there are none, of a new project and of a good one', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(verdictsOf(token))
    await page.getByRole('heading', { name: 'Nothing has arrived yet' }).waitFor()
    expect(await page.getByText('No problems').count()).toBe(0)
    await keepPicture(page, 'verdicts-none')
    await page.getByRole('button', { name: 'Send a test event' }).waitFor()
    const properties = { token, distinct_id: 'u', $insert_id: 'i-1' }
    await suite.track([{ event: 'Good', properties }])
    await page.getByRole('heading', { name: 'No problems' }).waitFor()
    await page.getByText('Every record was stored as it was sent.').waitFor()
    await expectAccessible(page)
  })

  it('are narrowed to a severity and an outcome, which the address keeps', async () => {
    const { token } = await projectWithVerdicts()
    const page = await suite.open(verdictsOf(token))
    const shared = rowOf(page, 'identity.device_already_assigned')
    await shared.waitFor()
    await page.getByRole('button', { name: /^Errors 2$/ }).click()
    await page.getByText('Data was lost').waitFor()
    await shared.waitFor({ state: 'detached' })
    await page.reload()
    await rowOf(page, ALIAS).waitFor()
    expect(await page.getByRole('button', { name: /^Errors/ }).getAttribute('aria-pressed')).toBe('true')
    await page.getByRole('button', { name: /^All/ }).click()
    await page.getByLabel('Outcome').selectOption('changed')
    await shared.waitFor()
    await rowOf(page, ALIAS).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /^Errors 0$/ }).click()
    await page.getByText('No verdict matches these filters.').waitFor()
    await page.getByRole('link', { name: 'Show all' }).click()
    await rowOf(page, ALIAS).waitFor()
  })

  it('lead by their rule to the verdict catalogue, which is searched', async () => {
    const { token } = await projectWithVerdicts()
    const page = await suite.open(`${verdictsOf(token)}?open=${ALIAS}-no_effect-error`)
    await page.getByRole('link', { name: /^Rule IDS-/ }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'Show in the verdict catalogue' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'Verdict catalogue' }).waitFor()
    await rowOf(page, ALIAS).waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toMatch(/^IDS-\d+$/)
    await page.keyboard.press('/')
    await page.getByRole('searchbox').fill('five days')
    const old = rowOf(page, 'time.too_old_for_track')
    await old.getByText('{days}').waitFor()
    await old.getByRole('button').click()
    await old.getByText('Depends on the record').waitFor()
    await old.getByRole('region', { name: 'Rule TRK-28' }).getByRole('heading', { name: 'Source' }).waitFor()
    await expectAccessible(page)
    await expectNoSidewaysScroll(page)
    await keepPicture(page, 'verdicts-catalogue')
    await page.getByRole('link', { name: 'Verdicts of this project' }).click()
    await rowOf(page, ALIAS).getByRole('cell', { name: '2', exact: true }).waitFor()
  })

  it.each([
    ['verdicts', ''],
    ['verdicts-open', `?open=${ALIAS}-no_effect-error`],
    ['catalogue', '/catalogue'],
  ])('look right and are accessible: %s', async (name, rest) => {
    const { token } = await projectWithVerdicts()
    await inspect(suite, name, `${verdictsOf(token)}${rest}`, async (page) => {
      await rowOf(page, ALIAS).waitFor()
      if (name === 'verdicts-open') await page.getByRole('heading', { name: 'Source' }).waitFor()
    })
  })
})

/** From worst to best. */
function rank(severity: string): number {
  return ['Error', 'Warning', 'Info'].indexOf(severity.trim())
}
