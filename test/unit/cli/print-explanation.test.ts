import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/api/explain.ts'
import { findProblems, printExplanation } from '../../../src/cli/explain/print-explanation.ts'
import { readRecords } from '../../../src/cli/explain/read-records.ts'
import { styleFor } from '../../../src/cli/style.ts'
import { runAtOnce } from '../../../src/core/decode/steps.ts'
import type { Json } from '../../../src/core/json.ts'
import { NEW_ID, NOW_MS } from '../build.ts'

const explained = (records: readonly Json[]) =>
  runAtOnce(explain({ records: [...records] }, { clock: () => NOW_MS, newId: () => NEW_ID }))

const aliasFor = (alias: string) => ({
  event: '$create_alias',
  properties: { token: 't', distinct_id: 'charlie', alias },
})

describe('an explanation', () => {
  it('shows the three systems side by side, and then each problem with its systems', () => {
    const view = { event: 'View', properties: { token: 't', distinct_id: 'charlie' } }
    expect(printExplanation(explained([view, aliasFor('phone')]), 120)).toBe(
      [
        '                   Simplified ID Merge  Original ID Merge  Legacy',
        '─────────────────  ───────────────────  ─────────────────  ───────────────',
        'Users ≠            1 user               1 user             1 user',
        '                   charlie              charlie = phone    charlie = phone',
        '',
        '1 View             ✓ charlie            ✓ charlie          ✓ charlie',
        '2 $create_alias ≠  ✗ no effect          ✓ charlie          ✓ charlie',
        '',
        '≠ The systems differ.',
        '',
        '✗ error in record 2 $create_alias, Simplified ID Merge: identity.alias_noop_simplified (IDS-21)',
        '  $create_alias was answered 1 and had no effect: Simplified ID Merge has no aliases.',
        '  Use one permanent $user_id, and send other ids as properties.',
        '',
        '✗ 1 of 2 records has a problem.',
        '',
      ].join('\n'),
    )
  })

  it.each([60, 80, 200])('fits a terminal of %i columns', (width) => {
    const long = { event: 'x'.repeat(200), properties: { token: 't', distinct_id: 'y'.repeat(200) } }
    const lines = printExplanation(explained([long, aliasFor('a b '.repeat(50))]), width).split('\n')
    expect(lines.filter((line) => line.length > width)).toEqual([])
    expect(lines.join('').match(/y/g)?.length).toBeGreaterThanOrEqual(3 * 200)
  })

  it('lines up columns with characters of two columns, and of none', () => {
    const wide = { event: '注文 ✅', properties: { token: 't', distinct_id: 'e\u0301' } }
    const [, , users, , , record] = printExplanation(explained([wide]), 120).split('\n')
    expect(users).toBe('Users      1 user               1 user             1 user')
    expect(record?.normalize()).toBe('1 注文 ✅  ✓ é                  ✓ é                ✓ é')
  })

  it('names records with the same finding together', () => {
    const shown = printExplanation(explained([aliasFor('a'), aliasFor('b')]), 120)
    expect(shown.match(/identity\.alias_noop_simplified/g)).toHaveLength(1)
    expect(shown).toContain('✗ error in records 1, 2, Simplified ID Merge: ')
  })

  it('has looks where they are asked for, and the same words', () => {
    const records = explained([aliasFor('phone')])
    const looks = styleFor({ FORCE_COLOR: '1' }, false)
    const painted = printExplanation(records, 100, looks)
    expect(painted).toContain('\u001b[31m✗ no effect\u001b[39m')
    expect(stripVTControlCharacters(painted)).toBe(printExplanation(records, 100))
  })

  it('shows control characters of a record as codes', () => {
    const shown = printExplanation(
      explained([
        { event: 'a\u001b[31m', properties: { token: 't', distinct_id: 'u\u202e\r\u009b' } },
        aliasFor('\u0007\u001b]0;title'),
      ]),
      200,
    )
    expect(shown).toContain('1 a\\u001b[31m')
    expect(shown).toContain('u\\u202e\\u000d\\u009b')
    expect(shown).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
  })

  it.each([
    ['a plain event', { event: 'A', properties: { token: 't', distinct_id: 'u' } }, 0],
    ['an error', { event: '', properties: {} }, 1],
    ['an alias without effect', aliasFor('b'), 1],
    ['no record at all', 5, 1],
  ])('has problems only for errors and warnings: %s', (_name, record, least) => {
    const problems = findProblems(explained([record]))
    expect(least === 0 ? problems : problems.slice(0, 1)).toHaveLength(least)
  })
})

const BASE64 = Buffer.from('{"event":"a"}').toString('base64')
const HAR = JSON.stringify({
  log: {
    entries: [
      { request: { url: 'https://h/flags?data=x' } },
      { request: { url: 'https://h/track/?ip=1', postData: { text: `data=${BASE64}` } } },
    ],
  },
})

describe('the records of a file', () => {
  it.each([
    ['a list', '[{"event":"a"},{"event":"b"}]', [{ event: 'a' }, { event: 'b' }]],
    ['one over several lines', '{\n"event":"a"\n}', [{ event: 'a' }]],
    ['one a line, with blank lines', '{"event":"a"}\r\n\n{"event":"b"}\n', [{ event: 'a' }, { event: 'b' }]],
  ])('are read: %s', (_name, text, records) => {
    expect(readRecords(text)).toEqual({ ok: true, value: records })
  })

  it.each([
    ['a form', 'data=%5B%7B%22event%22%3A%22a%22%7D%5D&verbose=1&ip=1'],
    ['a form with base64', `data=${BASE64}&verbose=1`],
    ['base64 alone', `${BASE64}\n`],
    ['an address', `https://api-js.mixpanel.com/track/?verbose=1&data=${encodeURIComponent(BASE64)}`],
    ['curl with a form', `curl 'https://h/track/?ip=1' \\\n  -H 'a: b' --data-raw 'data=${BASE64}'`],
    ['curl with JSON', `curl "https://h/track" -H 'a: b' -d "[{\\"event\\":\\"a\\"}]"`],
    ['curl with an ANSI string', `curl 'https://h/track' --data-raw $'{"\\u0065vent":"a"}'`],
    ['curl by GET', `curl 'https://h/track?data=${BASE64}'`],
    ['a HAR file', HAR],
    ['a byte order mark', '\ufeff{"event":"a"}'],
  ])('are those of a request as it was copied: %s', (_name, text) => {
    expect(readRecords(text)).toEqual({ ok: true, value: [{ event: 'a' }] })
  })

  it.each([
    ['', 'has no records'],
    [' \n', 'has no records'],
    ['[]', 'has no records'],
    ['{"log":{"entries":[]}}', 'has no records in the requests to /track and /import in the HAR file'],
    ['curl https://h/track', 'is not JSON: '],
    ['data=%7B%22', 'holds the request, which is not JSON: '],
    ['{"a":1}\n\n{"b"', 'is not JSON in line 3: '],
    ['{"event":', 'is not JSON: '],
    ['[{"event":"a"},\n{"event":]', 'is not JSON: '],
    [`[${'1,'.repeat(2000)}1]`, 'has 2001 records; explain takes at most 2000'],
  ])('are refused with the place: %s', (text, error) => {
    const read = readRecords(text)
    expect(read.ok ? '' : read.error.slice(0, error.length)).toBe(error)
  })
})
