import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { inspect, pageSuite } from './support/page-suite.ts'

/* A rule of the contract: wherever the page names one, its link shows what it says. */

const suite = pageSuite()

/** Two people on one device, and an alias that does nothing. */
async function startProject(): Promise<string> {
  const { token } = await suite.createProject({ name: 'Shop' })
  await suite.track([
    { event: 'Opened', properties: { token, $device_id: 'd1' } },
    { event: 'Signed up', properties: { token, $device_id: 'd1', $user_id: 'charlie' } },
    { event: '$create_alias', properties: { token, distinct_id: 'charlie', alias: 'first' } },
    { event: 'Borrowed', properties: { token, $device_id: 'd1', $user_id: 'taylor' } },
  ])
  return token
}

/** The row of the alias, open. */
const OPEN = 'open=identity.alias_noop_simplified-no_effect-error'

const hashOf = (token: string, rest: string) => `#/p/${encodeURIComponent(token)}/${rest}`
const dialogOf = (page: Page, id: string) => page.getByRole('dialog', { name: new RegExp(`^${id} `) })

describe('a rule', () => {
  it('is shown by a click on a verdict’s, with its text, how sure it is, and its verdicts', async () => {
    const token = await startProject()
    const page = await suite.open(hashOf(token, `verdicts?${OPEN}`))
    const link = page.getByRole('link', { name: 'Rule IDS-21' })
    await link.click()
    const dialog = dialogOf(page, 'IDS-21')
    await dialog.getByText('cluster, profile and attribution stay as they are').waitFor()
    await dialog.getByText('[D] documented', { exact: true }).waitFor()
    await dialog.getByText('[I] inferred, or our decision').waitFor()
    await dialog.getByRole('heading', { name: 'Where Twinpanel differs' }).waitFor()
    const verdict = dialog.getByRole('region', { name: 'identity.alias_noop_simplified' })
    await verdict.getByText('Simplified ID Merge has no aliases.').waitFor()
    await verdict.getByText('Error').waitFor()
  })

  it('is opened and closed by keys, and the focus goes back to its link', async () => {
    const token = await startProject()
    const page = await suite.open(hashOf(token, `verdicts?severity=error&${OPEN}`))
    const link = page.getByRole('link', { name: 'Rule IDS-21' })
    await link.focus()
    await page.keyboard.press('Enter')
    await dialogOf(page, 'IDS-21').waitFor()
    expect(new URL(page.url()).hash).toContain('rule=IDS-21')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => new URL(page.url()).hash).toBe(hashOf(token, `verdicts?severity=error&${OPEN}`))
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Rule IDS-21')
  })

  it('leads to the rules that it cites, and the way back to it', async () => {
    const token = await startProject()
    const page = await suite.open(hashOf(token, 'verdicts?rule=IDS-21'))
    await dialogOf(page, 'IDS-21').getByRole('link', { name: 'DEC-01' }).click()
    await dialogOf(page, 'DEC-01').getByText('no event is stored').waitFor()
    await page.goBack()
    await dialogOf(page, 'IDS-21').waitFor()
  })

  it('leads from its verdict to the catalogue', async () => {
    const token = await startProject()
    const page = await suite.open(hashOf(token, 'live?rule=TRK-28'))
    await dialogOf(page, 'TRK-28').getByRole('link', { name: 'time.too_old_for_track' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await page.getByRole('searchbox').inputValue()).toBe('time.too_old_for_track')
    await page.getByRole('link', { name: 'TRK-28' }).click()
    await dialogOf(page, 'TRK-28').waitFor()
  })

  it('is shown from the ids, merges and refusals of a user', async () => {
    const token = await startProject()
    const page = await suite.open(hashOf(token, 'users/charlie'))
    const ids = page.getByRole('table', { name: /^Ids: / })
    await ids.getByRole('link', { name: 'IDS-03' }).click()
    await dialogOf(page, 'IDS-03').getByRole('table').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText(/^Merges: /).click()
    await page.getByRole('table', { name: 'Merges, in order' }).getByRole('link', { name: 'IDS-03' }).click()
    await dialogOf(page, 'IDS-03').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText(/^Refused: /).click()
    await page
      .getByRole('table', { name: 'Refused, with the reason' })
      .getByRole('link', { name: 'IDS-07' })
      .first()
      .click()
    await dialogOf(page, 'IDS-07').waitFor()
  })

  it('is shown from a link in the graph of a user', async () => {
    const token = await startProject()
    const page = await suite.open(hashOf(token, 'users/charlie'))
    await page
      .getByRole('group', { name: /^Graph of / })
      .locator('.node.role-device')
      .click()
    const chosen = page.getByRole('region', { name: 'The id $device:d1' })
    await chosen.getByRole('link', { name: 'IDS-03' }).click()
    await dialogOf(page, 'IDS-03').waitFor()
  })

  it('is shown from what explaining says of a record', async () => {
    const token = await startProject()
    const page = await suite.open(hashOf(token, 'explain'))
    const simplified = page.getByRole('region', { name: 'Simplified ID Merge' })
    await simplified.getByRole('link', { name: 'Rule IDS-21' }).click()
    await dialogOf(page, 'IDS-21').waitFor()
    await page.keyboard.press('Escape')
    await simplified.getByRole('link', { name: 'Rule IDS-21' }).waitFor()
  })

  it('that does not exist says so, with the one that is most like it', async () => {
    const token = await startProject()
    const page = await suite.open(hashOf(token, 'verdicts?rule=TRK-1'))
    await page.getByRole('dialog').getByText('Did you mean TRK-01?').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('looks right and is accessible', async () => {
    const token = await startProject()
    await inspect(suite, 'rule', hashOf(token, 'verdicts?rule=IMP-14'), (page) =>
      dialogOf(page, 'IMP-14').getByRole('table').waitFor(),
    )
    await inspect(suite, 'rule-departs', hashOf(token, 'users/charlie?rule=ENG-29'), (page) =>
      dialogOf(page, 'ENG-29').getByText('16 MB').waitFor(),
    )
  })
})
