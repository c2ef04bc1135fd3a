import { describe, expect, it } from 'vitest'
import { RecordSplitter } from '../../../src/cli/send/split-records.ts'

/** The records of a text that comes in pieces of some bytes, and where it ended. */
function split(text: string, size: number) {
  const splitter = new RecordSplitter()
  const bytes = Buffer.from(text)
  const records = []
  for (let at = 0; at < bytes.length; at += size)
    records.push(...splitter.push(bytes.subarray(at, at + size)))
  splitter.end()
  return { records: records.map(({ text, line }) => [line, text]), error: splitter.error }
}

const TEXTS: readonly [string, string, readonly (readonly [number, string])[]][] = [
  [
    'one a line',
    '{"a":1}\n\r\n{"b":2}',
    [
      [1, '{"a":1}'],
      [3, '{"b":2}'],
    ],
  ],
  [
    'a list',
    '[{"a":1},\n {"b":[{}]}]\n',
    [
      [1, '{"a":1}'],
      [2, '{"b":[{}]}'],
    ],
  ],
  [
    'a list on one line',
    '[{"a":1},{"b":2}]',
    [
      [1, '{"a":1}'],
      [1, '{"b":2}'],
    ],
  ],
  [
    'one over several lines',
    '\n{\n"a": 1\n}\n{}',
    [
      [2, '{\n"a": 1\n}'],
      [5, '{}'],
    ],
  ],
  [
    'signs in strings',
    '{"a":"}\\"]\\\\"}\n{"é{":"[\\u005c"}',
    [
      [1, '{"a":"}\\"]\\\\"}'],
      [2, '{"é{":"[\\u005c"}'],
    ],
  ],
  ['a byte order mark', '\ufeff{"a":1}', [[1, '{"a":1}']]],
  ['nothing', ' \n', []],
  ['an empty list', '[]', []],
]

describe('the records of a file', () => {
  it.each(TEXTS)('are found whatever the pieces: %s', (_name, text, records) => {
    for (const size of [1, 2, 3, 7, 1_000]) {
      expect([size, split(text, size)]).toEqual([size, { records, error: undefined }])
    }
  })

  it.each([
    ['{"a":1}\n{"b":', 1, { line: 2, reason: 'begins a record that does not end: the file is cut' }],
    ['[{"a":1},\n', 1, { line: 2, reason: 'is in a list that does not end: the file is cut' }],
    ['{"a":1}\nabc\n{"b":2}', 1, { line: 2, reason: expect.stringMatching(/^has no record: /) }],
    ['{"a":1}\n{"b":"\n{"c":3}', 1, { line: 2, reason: 'has a string that does not end' }],
    ['{"a":1}\n[5]', 1, { line: 2, reason: expect.stringMatching(/^has no record: /) }],
    [`{"a":1}\n{"b":"${'x'.repeat(11_000_000)}`, 1, { line: 2, reason: expect.stringContaining('10 MB') }],
  ])('end at an error, with its line: %.30s', (text, found, error) => {
    const { records, error: seen } = split(text, 65_536)
    expect(records).toHaveLength(found)
    expect(seen).toEqual(error)
  })
})
