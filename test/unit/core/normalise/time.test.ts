import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../../src/core/json.ts'
import { parseTimeMs } from '../../../../src/core/normalise/time.ts'

const FURTHEST_MS = 8.64e15

describe('parseTimeMs', () => {
  it.each<[string, Json, number]>([
    ['whole seconds', 1_618_716_477, 1_618_716_477_000],
    ['milliseconds', 1_618_716_477_000, 1_618_716_477_000],
    ['seconds with three decimals', 1_618_716_477.123, 1_618_716_477_123],
    ['seconds with six decimals', 1_618_716_477.123_456, 1_618_716_477_123],
    ['seconds that round up', 1_618_716_477.999_6, 1_618_716_478_000],
    ['milliseconds with decimals', 1_618_716_477_123.4, 1_618_716_477_123],
    ['a text of seconds', '1618716477', 1_618_716_477_000],
    ['a text of milliseconds', '1618716477123', 1_618_716_477_123],
    ['a text with decimals', '1618716477.123', 1_618_716_477_123],
    ['a text with an exponent', '1.618716477E+9', 1_618_716_477_000],
    ['a text between blanks', ' 1618716477\n', 1_618_716_477_000],
    ['a text with a sign', '+1618716477', 1_618_716_477_000],
    ['zero', 0, 0],
    ['a time before 1970', -1, -1_000],
    ['the last number that is seconds', 99_999_999_999, 99_999_999_999_000],
    ['the first number that is milliseconds', 100_000_000_000, 100_000_000_000],
    ['the last negative number that is seconds', -99_999_999_999, -99_999_999_999_000],
    ['the first negative number that is milliseconds', -100_000_000_000, -100_000_000_000],
    ['the furthest date', FURTHEST_MS, FURTHEST_MS],
    ['what lies beyond any date', 1e300, FURTHEST_MS],
    ['what lies before any date', -1e300, -FURTHEST_MS],
    ['a text of what lies beyond any date', '1e300', FURTHEST_MS],
  ])('reads %s (TRK-31)', (_name, value, ms) => {
    expect(parseTimeMs(value)).toBe(ms)
  })

  it.each<[string, Json | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['an empty text', ''],
    ['blanks', '  '],
    ['a date', '2024-01-01'],
    ['a date with a time', '2024-01-01T00:00:00'],
    ['a hexadecimal text', '0x10'],
    ['a text with an underscore', '1_000'],
    ['a text with a comma', '1,5'],
    ['a text that starts with a point', '.5'],
    ['a text that ends with a point', '5.'],
    ['a number followed by a letter', '1618716477s'],
    ['two numbers', '1 2'],
    ['a text beyond a double', '1e400'],
    ['a number beyond a double', JSON.parse('1e400')],
    ['a number beyond a double, negative', JSON.parse('-1e400')],
    ['NaN as a text', 'NaN'],
    ['Infinity as a text', 'Infinity'],
    ['a list', [1_618_716_477]],
    ['an object', { a: 1 }],
  ])('does not take %s for a time (TRK-31)', (_name, value) => {
    expect(parseTimeMs(value)).toBeUndefined()
  })

  it('gives whole milliseconds that a date can hold, or nothing (TRK-31)', () => {
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<Json>, (value) => {
        const ms = parseTimeMs(value)
        if (ms === undefined) return
        expect(Number.isInteger(ms)).toBe(true)
        expect(Number.isNaN(new Date(ms).getTime())).toBe(false)
      }),
    )
  })

  it('reads a number and its text alike (TRK-31)', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (double) => {
        const number = double === 0 ? 0 : double
        expect(parseTimeMs(String(number))).toBe(parseTimeMs(number))
      }),
    )
  })
})
