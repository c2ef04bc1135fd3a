import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  expectAccessible,
  expectNoSidewaysScroll,
  inspect,
  keepPicture,
  pageSuite,
} from './support/page-suite.ts'

/* Explain: what records do in each identity system, side by side. */

const suite = pageSuite()
const explainOf = (token: string) => `#/p/${encodeURIComponent(token)}/explain`

const explain = (page: Page) => page.getByRole('button', { name: 'Explain', exact: true }).click()
const edit = (page: Page) => page.getByRole('button', { name: 'Edit records' }).click()
const recordsOf = (page: Page) => page.getByRole('textbox', { name: 'Records', exact: true })

/** What the view explains, read in its editor. */
async function readRecords(page: Page): Promise<readonly { event: string; properties: object }[]> {
  await edit(page)
  return JSON.parse(await recordsOf(page).inputValue())
}

describe('explaining', () => {
  it('begins with what a sample does in the three identity systems, with the token of the project', async () => {
    const { token } = await suite.createProject({ id_management: 'original' })
    const page = await suite.open(explainOf(token))
    const simplified = page.getByRole('region', { name: 'Simplified ID Merge' })
    await simplified.getByRole('heading', { name: '2 users', exact: true }).waitFor()
    await simplified.getByText('Simplified ID Merge has no aliases.').waitFor()
    await simplified.getByRole('link', { name: 'identity.alias_noop_simplified' }).waitFor()
    const legacy = page.getByRole('region', { name: 'Legacy' })
    await legacy.getByRole('heading', { name: '3 users', exact: true }).waitFor()
    expect(await legacy.locator('.records > li').count()).toBe(5)
    await page
      .getByRole('region', { name: 'Original ID Merge' })
      .getByText('This project', { exact: true })
      .waitFor()
    // Side by side: a record is at the same height in all three, whatever is told of those above it.
    const tops = await page.evaluate<
      number[][]
    >(`[...document.querySelectorAll('.mode-columns .records')].map(
      (own) => [...own.children].map((line) => Math.round(line.getBoundingClientRect().top)))`)
    expect(tops).toHaveLength(3)
    expect(new Set(tops.map((own) => own.join())).size).toBe(1)
    for (const { properties } of await readRecords(page)) expect(properties).toHaveProperty('token', token)
  })

  it('says below the columns where they differ, a question a row', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(explainOf(token))
    const differences = page.getByRole('region', { name: 'Differences', exact: true })
    const answersTo = async (question: string) => {
      const row = differences.getByRole('row').filter({ hasText: question })
      return (await row.getByRole('cell').allInnerTexts()).map((text) => text.replaceAll('\n', ' '))
    }
    await differences.getByText('Who are the users?').waitFor()
    expect(await answersTo('Who are the users?')).toEqual([
      expect.stringContaining('charlie = $device:d1'),
      expect.stringContaining('+6512345678 = charlie'),
      expect.stringContaining('charlie = +6512345678'),
    ])
    expect(await answersTo('What happens to record 4, $create_alias?')).toEqual([
      'No effect',
      expect.stringMatching(/^Stored/),
      expect.stringMatching(/^Stored/),
    ])
    const who = 'Which user gets record 5, Order placed?'
    expect(await answersTo(who)).toEqual(['+6512345678', '+6512345678', 'charlie'])
    const isBelow = await page.evaluate<boolean>(
      `document.querySelector('.mode-columns').getBoundingClientRect().bottom
        <= document.querySelector('.differences').getBoundingClientRect().top`,
    )
    expect(isBelow).toBe(true)
  })

  it('shows one identity system at a time on a narrow screen, and the users of each', async () => {
    const { token } = await suite.createProject({ id_management: 'legacy' })
    const page = await suite.open(explainOf(token), { viewport: { width: 375, height: 812 } })
    const choice = page.getByRole('group', { name: 'Identity system' })
    await choice.getByRole('button', { name: 'Legacy 3 users' }).waitFor()
    expect(await page.locator('.mode-columns .card:visible h2').allInnerTexts()).toEqual(['Legacy'])
    await choice.getByRole('button', { name: 'Simplified 2 users' }).press('Enter')
    expect(await page.locator('.mode-columns .card:visible h2').allInnerTexts()).toEqual([
      'Simplified ID Merge',
    ])
    await expectNoSidewaysScroll(page)
    await expectAccessible(page)
  })

  it('takes one record a line, or a list', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(explainOf(token))
    await edit(page)
    const line = (event: string) => JSON.stringify({ event, properties: { token, distinct_id: 'u' } })
    const legacy = page.getByRole('region', { name: 'Legacy' })
    await recordsOf(page).fill(`${line('First')}\n${line('Second')}\n`)
    await explain(page)
    await legacy.getByRole('heading', { name: '2 Second' }).waitFor()
    await page.getByText('None: the three identity systems do the same').waitFor()
    await recordsOf(page).fill(line('Third'))
    await page.keyboard.press('Control+Enter')
    await legacy.getByRole('heading', { name: '1 Third' }).waitFor()
    await page.getByRole('button', { name: 'Show the sample' }).click()
    await legacy.getByRole('heading', { name: '4 $create_alias' }).waitFor()
  })

  it('names the line of an error, goes there, and takes it back once it is corrected', async () => {
    const { token } = await suite.createProject()
    const page = await suite.open(explainOf(token))
    await edit(page)
    const good = `  {"event": "A", "properties": {"token": "${token}", "distinct_id": "u"}}`
    await recordsOf(page).fill(`[\n${good},\n  {"event": "B" "properties": {}}\n]`)
    await explain(page)
    const error = page.getByRole('alert').filter({ hasText: 'Line 3, column 17: expected , or }, got "' })
    await error.waitFor()
    expect(await page.locator('.line-numbers mark').innerText()).toBe('3\n')
    const selected = 'document.activeElement.value.slice(document.activeElement.selectionStart)'
    expect(await page.evaluate<string>(selected)).toMatch(/^"properties": \{\}\}/)
    await keepPicture(page, 'explain-error')
    await expectAccessible(page)
    // Another one takes its place.
    await page.keyboard.insertText(', ')
    await page.getByRole('alert').filter({ hasText: 'got properties' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => page.evaluate<string>(selected)).toMatch(/^properties"/)
    await recordsOf(page).fill(`[\n${good}\n]`)
    await error.waitFor({ state: 'hidden' })
    expect(await recordsOf(page).getAttribute('aria-invalid')).toBe('false')
  })

  it('takes over a record of the live list, and writes nothing', async () => {
    const { token } = await suite.createProject()
    await suite.track([{ event: 'Login', properties: { token, $device_id: 'd1', $user_id: 'charlie' } }])
    const page = await suite.open(`#/p/${encodeURIComponent(token)}/live`)
    await page.getByRole('listbox', { name: 'Records' }).getByRole('option').click()
    await page.getByRole('button', { name: 'Explain in each identity system' }).click()
    const simplified = page.getByRole('region', { name: 'Simplified ID Merge' })
    await simplified.getByText('charlie = $device:d1').waitFor()
    expect(await readRecords(page)).toMatchObject([
      { event: 'Login', properties: { token, $device_id: 'd1', $user_id: 'charlie' } },
    ])
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
    const text = await readRecords(page)
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
    expect(await readRecords(page)).toEqual(text)
  })

  it('adds a picked record at the end of what was typed', async () => {
    const { token } = await suite.createProject()
    await suite.track([{ event: 'Recorded', properties: { token, distinct_id: 'u' } }])
    const page = await suite.open(explainOf(token))
    await edit(page)
    await recordsOf(page).fill(JSON.stringify({ event: 'Typed', properties: { token, distinct_id: 'u' } }))
    await page.getByRole('link', { name: 'Live', exact: true }).click()
    await page.getByRole('listbox', { name: 'Records' }).getByRole('option').click()
    await page.getByRole('button', { name: 'Pick for Explain' }).click()
    await page.getByRole('button', { name: 'Explain the one picked' }).click()
    await page.getByRole('region', { name: 'Legacy' }).getByRole('heading', { name: '2 Recorded' }).waitFor()
    await page.getByRole('region', { name: 'Legacy' }).getByRole('heading', { name: '1 Typed' }).waitFor()
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
    const text = await readRecords(page)
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
    const open = 'open=identity.alias_noop_simplified-no_effect-error'
    const page = await suite.open(`#/p/${encodeURIComponent(token)}/verdicts?${open}`)
    await page.getByRole('button', { name: 'Explain these' }).click()
    await page.getByRole('region', { name: 'Legacy' }).locator('.records > li').nth(1).waitFor()
    // The token too is as it was sent, though verdicts keep the end of it only.
    expect(await readRecords(page)).toEqual([alias('first'), alias('second')])
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
    const lines = page.locator('.mode-columns .is-chosen .records > li')
    await lines.nth(1).waitFor()
    expect(await readRecords(page)).toEqual(records)
    expect(await page.getByLabel('Endpoint').inputValue()).toBe('import')
    expect(page.url()).not.toContain('records=')
    await page
      .getByRole('button', { name: 'Copy link' })
      .or(page.getByLabel(/an address with these records/))
      .first()
      .waitFor()
    await page.getByLabel('Show only the records that differ').check()
    await expectNoSidewaysScroll(page)
    await keepPicture(page, 'explain-differences-narrow')
    expect(await lines.allInnerTexts()).toEqual([expect.stringContaining('Joins')])
  })

  it('looks right and is accessible', async () => {
    const { token } = await suite.createProject()
    await inspect(suite, 'explain', explainOf(token), (page) =>
      page.getByRole('region', { name: 'Differences', exact: true }).waitFor(),
    )
  })

  it('looks right and is accessible while the records are edited', async () => {
    const { token } = await suite.createProject()
    await inspect(suite, 'explain-edit', explainOf(token), async (page) => {
      await edit(page)
      await recordsOf(page).waitFor()
    })
  })
})
