import fc from 'fast-check'
import type { Json, JsonObject } from '../../../../src/core/json.ts'

const anyCharacter = fc.nat(0x10ffff - 0x800).map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800))
const anyUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit))

/** Well-formed text of any characters. fast-check's own, the unit `binary`, takes seconds to begin. */
export const anyText: fc.Arbitrary<string> = fc.string({
  unit: fc.oneof(fc.string({ minLength: 1, maxLength: 1 }), anyCharacter),
})

/** Text of any UTF-16 units, lone surrogates among them. */
export const brokenText: fc.Arbitrary<string> = fc.string({ unit: anyUnit })

/** Text of any UTF-16 units: NUL and lone surrogates among them, lengths around the limit of 255. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  { weight: 2, arbitrary: anyText },
  { weight: 2, arbitrary: brokenText },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('a', 'é', '€', '😀', '\u0000', '\uD800', '\uDC80'),
        fc.integer({ min: 80, max: 260 }),
      )
      .map(([character, count]) => character.repeat(count)),
  },
)

const specialNames = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'toJSON',
  'length',
  '0',
  '',
  'token',
  'ip',
  'time',
  'distinct_id',
  '$insert_id',
  '$user_id',
  '$device_id',
  '$mp_api_endpoint',
  '$import',
  'mp_processing_time_ms',
  'bucket',
  '$bucket',
)

/** Names that mean something to JavaScript, to Postgres or to the server, and any other. */
const hostileName: fc.Arbitrary<string> = fc.oneof(hostileText, specialNames)

const number: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.constantFrom(
    -0,
    1e308,
    5e-324,
    Number.MAX_SAFE_INTEGER + 2,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ),
)

const leaf: fc.Arbitrary<Json> = fc.oneof(hostileText, number, fc.boolean(), fc.constant(null))

/** Any value that JSON.parse may return, now and then longer or deeper than the limits allow. */
export const hostileValue: fc.Arbitrary<Json> = fc.letrec<{ value: Json; container: Json }>((tie) => ({
  value: fc.oneof({ withCrossShrink: true, maxDepth: 6 }, leaf, tie('container')),
  container: fc.oneof(
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(hostileName, tie('value')), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
    fc
      .tuple(leaf, fc.integer({ min: 250, max: 260 }))
      .map(([value, count]) => new Array<Json>(count).fill(value)),
    fc.integer({ min: 250, max: 260 }).map((count) => numbered(count, null)),
    fc.integer({ min: 30, max: 34 }).map((count) => new Array<Json>(count).fill('x'.repeat(251))),
  ),
})).value

/** An event's properties, now and then more of them than the limit allows. */
export const hostileProperties: fc.Arbitrary<JsonObject> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(fc.tuple(hostileName, hostileValue), { maxLength: 8 })
      .map((entries) => Object.fromEntries(entries)),
  },
  { weight: 1, arbitrary: fc.integer({ min: 253, max: 258 }).map((count) => numbered(count, 'x')) },
)

/** An object of so many properties, each with the same value. */
export function numbered(count: number, value: Json): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, value]))
}
