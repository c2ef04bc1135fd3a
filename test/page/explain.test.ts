import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  expectAccessible,
  expectNoSidewaysScroll,
  inspect,
  keepPicture,
  pageSuite,
} from './support/page-suite.ts'

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
    // Side by side: a record is at the same height in all three, whatever is told of those above it.
    const tops = await page.evaluate<
      number[][]
    >(`[...document.querySelectorAll('.mode-columns .records')].map(
      (own) => [...own.children].map((line) => Math.round(line.getBoundingClientRect().top)))`)
    expect(tops).toHaveLength(3)
    expect(new Set(tops.map((own) => own.join())).size).toBe(1)
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
    await recordsOf(page).fill(line('Third'))
    await page.keyboard.press('Control+Enter')
    await page.getByRole('region', { name: 'Legacy' }).getByRole('heading', { name: '0. Third' }).waitFor()
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

  it('takes records that were picked in the live list, in the order of their arrival', async () => {
    const { token } = await suite.createProject()
    const sent = ['First', 'Second', 'Third'].map((event) => ({
      event,
      properties: { token, $device_id: 'd1', ...(event === 'Second' && { $user_id: 'charlie' }) },
    }))
    for (const record of sent) await suite.track([record])
    const page = await suite.open(`#/p/${encodeURIComponent(token)}/live`)
    const rows = page.getByRole('listbox', { name: 'Records' }).getByRole('option')
    const pressed = page.getByRole('button', { name: 'Picked for Explain' })
    await rows.filter({ hasText: 'Third' }).click()
    await page.getByRole('button', { name: 'Pick for Explain' }).click()
    await pressed.waitFor()
    // By keys alone: j goes to the next, e picks it.
    await page.locator('body').click({ position: { x: 2, y: 2 } })
    for (const name of ['Second', 'First']) {
      await page.keyboard.press('j')
      await page.getByRole('complementary').getByRole('heading', { name }).waitFor()
      await page.keyboard.press('e')
      await pressed.waitFor()
    }
    await keepPicture(page, 'explain-picking')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Explain the 3 picked' }).click()
    await page
      .getByRole('region', { name: 'Simplified ID Merge' })
      .getByText('charlie = $device:d1')
      .waitFor()
    const text: readonly { event: string; properties: object }[] = JSON.parse(
      await recordsOf(page).inputValue(),
    )
    expect(text.map((record) => record.event)).toEqual(['First', 'Second', 'Third'])
    // What the server has added to them was not sent.
    expect(Object.keys(text[1]?.properties ?? {})).toEqual([
      'token',
      '$user_id',
      '$device_id',
      'time',
      '$insert_id',
    ])
    // What is there stays through a reload.
    await page.reload()
    expect(JSON.parse(await recordsOf(page).inputValue())).toEqual(text)
  })

  it('adds a picked record at the end of what was typed', async () => {
    const { token } = await suite.createProject()
    await suite.track([{ event: 'Recorded', properties: { token, distinct_id: 'u' } }])
    const page = await suite.open(explainOf(token))
    await recordsOf(page).fill(JSON.stringify({ event: 'Typed', properties: { token, distinct_id: 'u' } }))
    await page.getByRole('link', { name: 'Live', exact: true }).click()
    await page.getByRole('listbox', { name: 'Records' }).getByRole('option').click()
    await page.getByRole('button', { name: 'Pick for Explain' }).click()
    await page.getByRole('button', { name: 'Explain the one picked' }).click()
    await page.getByRole('region', { name: 'Legacy' }).getByRole('heading', { name: '1. Recorded' }).waitFor()
    await page.getByRole('region', { name: 'Legacy' }).getByRole('heading', { name: '0. Typed' }).waitFor()
  })

  it('takes all records of a user, as they were sent', async () => {
    const { token } = await suite.createProject({ id_management: 'original' })
    const anon = '0f8fad5b-d9cb-469f-a165-70867728950e'
    const identify = { token, $identified_id: 'charlie', $anon_id: anon, distinct_id: 'charlie' }
    await suite.track([{ event: 'View', properties: { token, distinct_id: anon } }])
    await suite.track([{ event: '$identify', properties: identify }])
    await suite.track([{ event: 'Other', properties: { token, distinct_id: 'taylor' } }])
    const page = await suite.open(`#/p/${encodeURIComponent(token)}/users/charlie`)
    await page.getByRole('button', { name: 'Explain this user’s records' }).click()
    await page
      .getByRole('region', { name: 'Original ID Merge' })
      .getByText(`charlie = ${anon}`)
      .or(page.getByRole('region', { name: 'Original ID Merge' }).getByText(`${anon} = charlie`))
      .waitFor()
    const text: readonly { event: string; properties: object }[] = JSON.parse(
      await recordsOf(page).inputValue(),
    )
    expect(text.map((record) => record.event)).toEqual(['View', '$identify'])
    expect(text[1]?.properties).toMatchObject(identify)
  })

  it('takes the records that a verdict was given on', async () => {
    const { token } = await suite.createProject()
    const alias = (name: string) => ({
      event: '$create_alias',
      properties: { token, distinct_id: 'charlie', alias: name },
    })
    await suite.track([alias('first'), alias('second')])
    const page = await suite.open(`#/p/${encodeURIComponent(token)}/verdicts`)
    const card = page.getByRole('region', { name: 'identity.alias_noop_simplified' })
    await card.getByRole('button', { name: 'Explain these' }).click()
    await page.getByRole('region', { name: 'Legacy' }).locator('.records > li').nth(1).waitFor()
    // The token too is as it was sent, though verdicts keep the end of it only.
    expect(JSON.parse(await recordsOf(page).inputValue())).toEqual([alias('first'), alias('second')])
  })

  it('shows what an address holds, and only what differs', async () => {
    const { token } = await suite.createProject()
    const records = [
      { event: 'Same', properties: { token, distinct_id: 'u', time: 1_787_000_000, $insert_id: 'i-1' } },
      {
        event: 'Joins',
        properties: { token, $device_id: 'd', $user_id: 'u', time: 1_787_000_000, $insert_id: 'i-2' },
      },
    ]
    const query = new URLSearchParams({ records: JSON.stringify(records), endpoint: 'import' })
    const page = await suite.open(`${explainOf(token)}?${query}`, { viewport: { width: 360, height: 740 } })
    const lines = page.getByRole('region', { name: 'Legacy' }).locator('.records > li')
    await lines.nth(1).waitFor()
    expect(JSON.parse(await recordsOf(page).inputValue())).toEqual(records)
    expect(await page.getByLabel('Sent to').inputValue()).toBe('import')
    expect(page.url()).not.toContain('records=')
    await page
      .getByRole('button', { name: 'Copy link' })
      .or(page.getByLabel(/an address with these records/))
      .first()
      .waitFor()
    await page.getByLabel('Show only the records that fare differently').check()
    await expectNoSidewaysScroll(page)
    await keepPicture(page, 'explain-differences-narrow')
    expect(await lines.allInnerTexts()).toEqual([expect.stringContaining('Joins')])
  })

  it('looks right and is accessible', async () => {
    const { token } = await suite.createProject()
    await inspect(suite, 'explain', explainOf(token), async (page) => {
      await explain(page)
      await page.getByRole('region', { name: 'Legacy' }).waitFor()
    })
  })
})
