import { describe, expect, it } from 'vitest'
import { explain } from '../../../src/api/explain.ts'
import { findProblems, printExplanation } from '../../../src/cli/print-explanation.ts'
import { readRecords } from '../../../src/cli/read-records.ts'
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
        '                 Simplified ID Merge  Original ID Merge  Legacy',
        'users            1                    1                  1',
        '                 charlie              charlie (phone)    charlie (phone)',
        '1 View           stored → charlie     stored → charlie   stored → charlie',
        '2 $create_alias  no effect            stored → charlie   stored → charlie',
        '',
        'error in record 2 on Simplified ID Merge: identity.alias_noop_simplified (IDS-21)',
        '  $create_alias was answered 1 and had no effect: Simplified ID Merge has no aliases.',
        '  Use one permanent $user_id, and send other ids as properties.',
        '',
      ].join('\n'),
    )
  })

  it.each([60, 80, 200])('fits a terminal of %i columns', (width) => {
    const long = { event: 'x'.repeat(200), properties: { token: 't', distinct_id: 'y'.repeat(200) } }
    const lines = printExplanation(explained([long, aliasFor('a b '.repeat(50))]), width).split('\n')
    const table = lines.slice(0, lines.indexOf(''))
    expect(table.filter((line) => line.length > width)).toEqual([])
    expect(table.join('').match(/y/g)?.length).toBeGreaterThanOrEqual(3 * 200)
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

describe('the records of a file', () => {
  it.each([
    ['a list', '[{"event":"a"},{"event":"b"}]', [{ event: 'a' }, { event: 'b' }]],
    ['one over several lines', '{\n"event":"a"\n}', [{ event: 'a' }]],
    ['one a line, with blank lines', '{"event":"a"}\r\n\n{"event":"b"}\n', [{ event: 'a' }, { event: 'b' }]],
  ])('are read: %s', (_name, text, records) => {
    expect(readRecords(text)).toEqual({ ok: true, value: records })
  })

  it.each([
    ['', 'has no records'],
    [' \n', 'has no records'],
    ['[]', 'has no records'],
    ['{"a":1}\n\n{"b"', 'is not JSON in line 3: '],
    ['{"event":', 'is not JSON: '],
    ['[{"event":"a"},\n{"event":]', 'is not JSON: '],
    [`[${'1,'.repeat(2000)}1]`, 'has 2001 records; explain takes at most 2000'],
  ])('are refused with the place: %s', (text, error) => {
    const read = readRecords(text)
    expect(read.ok ? '' : read.error.slice(0, error.length)).toBe(error)
  })
})
