import { expect, it } from 'vitest'
import { toLookupValue } from '../../../../src/core/lookup/value.ts'

it.each([
  ['', null],
  ['0', 0],
  ['42', 42],
  ['-7', -7],
  ['+7', 7],
  ['007', 7],
  ['1.5', 1.5],
  ['.5', 0.5],
  ['5.', 5],
  ['1e5', 100_000],
  ['-2.5E-3', -0.0025],
  ['-0', 0],
  ['-0.0', 0],
  ['9007199254740993', 9_007_199_254_740_992],
  ['123456789012345678901234567890', 1.2345678901234568e29],
  ['1e400', '1e400'],
  ['1e-400', 0],
  ['1,5', '1,5'],
  ['1_000', '1_000'],
  ['0x1F', '0x1F'],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  [' 1', ' 1'],
  ['1 ', '1 '],
  ['.', '.'],
  ['-', '-'],
  ['e5', 'e5'],
  ['١', '١'],
] as const)('number, %j is %j (LKP-04)', (text, value) => {
  expect(toLookupValue(text)).toBe(value)
})

it.each([
  ['true', true],
  ['FALSE', false],
  ['False', false],
  ['tRuE', true],
  ['yes', 'yes'],
  ['truе', 'truе'],
  [' true', ' true'],
  ['null', 'null'],
] as const)('boolean, %j is %j (LKP-04)', (text, value) => {
  expect(toLookupValue(text)).toBe(value)
})

it.each([
  ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
  ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123Z'],
  ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
  ['2026-01-31T23:30:00-05:30', '2026-02-01T05:00:00.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
])('datetime, %j is %j (LKP-04)', (text, value) => {
  expect(toLookupValue(text)).toBe(value)
  expect(toLookupValue(value)).toBe(value)
})

it.each([
  '2026-01-31',
  '2026-01-31T12:00:00',
  '2026-01-31 12:00:00Z',
  '2026-02-30T12:00:00Z',
  '2025-02-29T12:00:00Z',
  '2026-13-01T12:00:00Z',
  '2026-00-01T12:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T12:60:00Z',
  '2026-01-31T12:00:60Z',
  '2026-01-31T12:00:00+24:00',
  '2026-01-31T12:00:00+0200',
  '2026-01-31T12:00:00.Z',
  '0000-01-01T00:00:00+01:00',
  '9999-12-31T23:59:59-01:00',
  '+2026-01-31T12:00:00Z',
])('no datetime of RFC 3339, %j is a string (LKP-04)', (text) => {
  expect(toLookupValue(text)).toBe(text)
})

it.each([
  ['["a","b"]', ['a', 'b']],
  ['[]', []],
  ['[ "a" ]', ['a']],
  ['["\\u0000\\ud800"]', ['\uFFFD\uFFFD']],
  ['["a",1]', '["a",1]'],
  ['["a"', '["a"'],
  ['[a]', '[a]'],
  [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, expect.any(String)],
  ['{"a":1}', '{"a":1}'],
  ['"a"', '"a"'],
  ['a\u0000b', 'a\uFFFDb'],
  [' ', ' '],
  ['Zoë', 'Zoë'],
])('list of strings, or a string: %.20s (LKP-04)', (text, value) => {
  expect(toLookupValue(text)).toEqual(value)
})

it('takes no longer for a long number that is none (LKP-04)', () => {
  // In time that grows with the square of the length this would take a quarter of an hour.
  const text = `${'1'.repeat(1_000_000)}x`
  expect(toLookupValue(text)).toBe(text)
  expect(toLookupValue(`.${text}`)).toBe(`.${text}`)
})
