import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { inspect, keepPicture, pageSuite } from './support/page-suite.ts'

/* Explain: what would become of records in each mode, side by side. */

const suite = pageSuite()
const explainOf = (token: string) => `#/p/${encodeURIComponent(token)}/explain`

const explain = (page: Page) => page.getByRole('button', { name: 'Explain', exact: true }).click()
const recordsOf = (page: Page) => page.getByLabel('Records, as JSON')

describe('explaining', () => {
  it('shows three modes side by side, and says where they differ', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(explainOf(token))
    await explain(page)
    const simplified = page.getByRole('region', { name: 'Simplified ID Merge' })
    await simplified.getByRole('heading', { name: '1 user', exact: true }).waitFor()
    await simplified.getByRole('link', { name: 'identity.alias_noop_simplified' }).waitFor()
    const legacy = page.getByRole('region', { name: 'Legacy' })
    expect(await legacy.locator('.records > li').count()).toBe(3)
    const differences = page.getByRole('region', { name: 'Differences' })
    await differences.getByText('Record 2 ($create_alias) is no_effect').waitFor()
    await legacy.scrollIntoViewIfNeeded()
    await keepPicture(page, 'explain-columns')
  })

  it('takes one record a line, and says what it cannot read', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(explainOf(token))
    const line = (event: string) => JSON.stringify({ event, properties: { token, distinct_id: 'u' } })
    await recordsOf(page).fill(`${line('First')}\n${line('Second')}\n`)
    await explain(page)
    await page.getByRole('region', { name: 'Legacy' }).getByRole('heading', { name: '1. Second' }).waitFor()
    await page.getByText('None: the three systems do the same').waitFor()
    await recordsOf(page).fill(`${line('First')}\n{"event"`)
    await explain(page)
    await page.getByRole('alert').filter({ hasText: 'Line 2 is not JSON.' }).waitFor()
    await recordsOf(page).fill('{event: 1}')
    await explain(page)
    await page.getByRole('alert').filter({ hasText: 'This is not JSON' }).waitFor()
  })

  it('takes over a record of the live list, and writes nothing', async () => {
    const { token } = await suite.createProject()
    await suite.track([{ event: 'Login', properties: { token, $device_id: 'd1', $user_id: 'charlie' } }])
    const page = await suite.open(`#/p/${encodeURIComponent(token)}/live`)
    await page.getByRole('listbox', { name: 'Records' }).getByRole('option').click()
    await page.getByRole('button', { name: 'Explain in every mode' }).click()
    expect(JSON.parse(await recordsOf(page).inputValue())).toMatchObject([
      { event: 'Login', properties: { token, $device_id: 'd1', $user_id: 'charlie' } },
    ])
    await explain(page)
    const simplified = page.getByRole('region', { name: 'Simplified ID Merge' })
    await simplified.getByText('charlie = $device:d1').waitFor()
    const events = await suite.server.inject({ url: `/_twin/projects/${token}/events` })
    expect(events.json().events).toHaveLength(1)
  })

  it('looks right and is accessible', async () => {
    const { token } = await suite.createProject()
    await inspect(suite, 'explain', explainOf(token), async (page) => {
      await explain(page)
      await page.getByRole('region', { name: 'Legacy' }).waitFor()
    })
  })
})
