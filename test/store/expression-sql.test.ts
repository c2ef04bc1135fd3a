import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseExpression } from '../../src/core/segmentation/parse.ts'
import { closeDatabase, type Db, openDatabase } from '../../src/store/db.ts'
import { eventProperty } from '../../src/store/event-property.ts'
import { labelSql, whereSql } from '../../src/store/expression-sql.ts'
import { cloneDatabase } from '../support/database.ts'
import { evaluate } from '../support/evaluate-expression.ts'

/* The SQL of segmentation expressions gives the results of QRY-15 on a real Postgres, and never fails. */

let db: Db
let database: Awaited<ReturnType<typeof cloneDatabase>>
beforeAll(async () => {
  database = await cloneDatabase()
  db = openDatabase({ connectionString: database.connectionString, maxConnections: 2 })
})
afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

function parse(text: string) {
  const parsed = parseExpression(text, { nowMs: 1_767_312_000_000 })
  if (!parsed.ok) throw new Error(`${text.slice(0, 200)}: ${parsed.error.problem}`)
  return parsed.value
}

/** Whether an expression matches each bag. In: the bags as JSON. */
async function matches(text: string, bags: readonly string[]): Promise<readonly boolean[]> {
  const where = whereSql(parse(text), (_source, name) => sql`(sent.bag -> ${name}::text)`)
  const { rows } = await sql<{ hit: boolean }>`
    select ${where} as hit from unnest(${bags}::jsonb[]) with ordinality as sent (bag, place) order by place
  `.execute(db.kysely)
  return rows.map((row) => row.hit)
}

const P = 'properties["a"]'
const Q = 'properties["b"]'

describe('a segmentation expression', () => {
  it.each<[string, object, boolean]>([
    [`${P} == "pro"`, { a: 'pro' }, true],
    [`${P} == "pro"`, { a: 'PRO' }, false],
    [`${P} == 1`, { a: '1' }, false],
    [`${P} == 1`, { a: 1.0 }, true],
    [`${P} != 1`, { a: '1' }, true],
    [`${P} != 1`, {}, true],
    [`${P} == ${Q}`, {}, true],
    [`${P} == ${Q}`, { a: null }, false],
    [`${P} > 1`, { a: 2 }, true],
    [`${P} > 1`, { a: '2' }, false],
    [`not ${P} > 1`, { a: '2' }, true],
    [`(${P} > 1) == false`, { a: '2' }, false],
    [`${P} > "2026-01-01"`, { a: '2026-01-02T00:00:00' }, true],
    [`${P} < "b"`, { a: 'Z' }, true],
    [`${P} >= datetime("2026-01-02")`, { a: '2026-01-02' }, true],
    [`${P} <= datetime("2026-01-02")`, { a: '2026-01-02T00:00:00' }, true],
    [`${P} <= datetime("2026-01-02")`, { a: '2026-01-02T00:00:01' }, false],
    [`${P} == datetime("2026-01-02")`, { a: '2026-01-02' }, true],
    [`datetime(1767312000) < ${P}`, { a: '2026-01-02T00:00:01' }, true],
    [`${P} > datetime("2026-01-02")`, { a: 1_767_312_001 }, true],
    [`${P} > datetime("2026-01-02")`, { a: 'soon' }, false],
    [`${P} > datetime("2026-01-02")`, { a: '2026-99-99' }, true],
    [`datetime(${P}) >= datetime("2026-01-02")`, { a: '2026-01-02' }, true],
    [`datetime(${P}) < datetime("2026-01-02T00:00:01")`, { a: '2026-01-02 00:00:00' }, true],
    [`datetime(${P}) >= datetime(NOW - 1)`, { a: '2026-01-01T23:59:59' }, true],
    [`datetime(${P}) >= datetime(NOW)`, { a: '2026-01-01T23:59:59' }, false],
    [`datetime(${P}) == datetime(NOW)`, { a: 1_767_312_000 }, true],
    [`datetime(${P}) == datetime(NOW)`, { a: 1_767_312_000_999 }, true],
    [`datetime(${P}) == datetime(${Q})`, { a: 1_767_312_000, b: '2026-01-02' }, true],
    [`datetime(${P}) == ${Q}`, { a: '2026-01-02', b: 1_767_312_000 }, true],
    [`${P} <= datetime(${Q})`, { a: '2026-01-02', b: 1_767_312_000 }, true],
    [`datetime(${P}) > datetime(1)`, { a: 0 }, false],
    [`datetime(${P}) > datetime(1)`, { a: -5 }, false],
    [`datetime(${P}) > datetime(1)`, { a: 1e300 }, false],
    [`datetime(${P}) > datetime(1)`, { a: 'soon' }, false],
    [`datetime(${P}) != datetime(1)`, { a: true }, true],
    [`defined(datetime(${P}))`, { a: 'soon' }, false],
    [`defined(datetime(${P}))`, { a: 253_402_300_799_999 }, true],
    [`defined(datetime(${P}))`, { a: 253_402_300_800_000 }, false],
    [`${P}`, { a: true }, true],
    [`${P}`, { a: 'true' }, false],
    [`not ${P}`, {}, true],
    [`not ${P}`, { a: 'x' }, false],
    [`${P} and true`, {}, false],
    [`${P} or true`, { a: 'x' }, true],
    [`${P} in [1, "x"]`, { a: 'x' }, true],
    [`${P} in [1, "x"]`, { a: '1' }, false],
    [`not (${P} in [1])`, {}, true],
    [`"b" in ${P}`, { a: 'abc' }, true],
    [`"b" in ${P}`, { a: ['abc', 'b'] }, true],
    [`"b" in ${P}`, { a: ['abc'] }, false],
    [`1 in ${P}`, { a: [1] }, true],
    [`1 in ${P}`, { a: '1' }, false],
    [`(1 in ${P}) == false`, { a: '1' }, false],
    [`${P} in "abc"`, { a: 'c' }, true],
    [`"%" in ${P}`, { a: 'abc' }, false],
    [`${P} in ${Q}`, { a: ['x'], b: [['x']] }, false],
    [`defined(${P})`, { a: 0 }, true],
    [`defined(${P})`, { a: '' }, true],
    [`defined(${P})`, { a: null }, false],
    [`defined(${P})`, {}, false],
    [`defined(${P} / 0)`, { a: 1 }, false],
    [`boolean(${P})`, { a: 'true' }, true],
    [`boolean(${P})`, { a: 1 }, true],
    [`(boolean(${P}) == true)`, { a: 'u@example.com' }, true],
    [`(boolean(${P}) == true)`, { a: '' }, false],
    [`(boolean(${P}) == true)`, {}, false],
    [`boolean(${P}) == false`, { a: 'false' }, true],
    [`number(${P}) == 12.5`, { a: ' +12.50 ' }, true],
    [`number(${P}) > 0`, { a: '12abc' }, false],
    [`number(${P}) == 1`, { a: true }, true],
    [`string(${P}) == "12.5"`, { a: 12.5 }, true],
    [`string(${P}) == "true"`, { a: true }, true],
    [`${P} + ${Q} == 3`, { a: 1, b: 2 }, true],
    [`${P} + ${Q} == "12"`, { a: '1', b: '2' }, true],
    [`defined(${P} + ${Q})`, { a: '1', b: 2 }, false],
    [`-7 % 3 == -1`, {}, true],
    [`floor(-1.5) == -2 and ceil(-1.5) == -1 and round(1.4) == 1`, {}, true],
    [`-${P} == 2`, { a: -2 }, true],
    [`${P}`, {}, false],
    ['1', {}, false],
    ['properties["\'; drop table event; --"] == 1', { "'; drop table event; --": 1 }, true],
  ])('%s of %j (QRY-15, PRP-06, PRP-07)', async (text, bag, expected) => {
    expect(await matches(text, [JSON.stringify(bag)])).toEqual([expected])
  })

  it('no text of an expression is in the SQL, only in its parameters (QRY-15)', () => {
    const hostile = fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((random) => `zq'"\\$1;--${random}`.replaceAll('\0', '').toWellFormed())
    const quoted = hostile.map((name) => `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    const word = fc.oneof(
      quoted,
      quoted.map((name) => `properties[${name}]`),
      quoted.map((name) => `user[${name}]`),
      quoted.map((name) => `datetime(properties[${name}])`),
      fc.integer({ min: 77_001, max: 77_999 }).map(String),
    )
    const whole = fc
      .tuple(word, fc.constantFrom('==', '<', 'in', '+', 'and'), word, fc.array(quoted, { maxLength: 3 }))
      .map(([a, operator, b, list]) => `not (${a} ${operator} ${b}) or ${a} in [${list.join(', ')}]`)
    fc.assert(
      fc.property(whole, (text) => {
        const forms = [eventProperty(false), eventProperty(true)]
        for (const compiled of forms.flatMap((property) => [
          whereSql(parse(text), property),
          labelSql(parse(text), property),
        ])) {
          const { sql: written, parameters } = compiled.compile(db.kysely)
          expect(written).not.toMatch(/zq|77\d\d\d/)
          expect(JSON.stringify(parameters)).toMatch(/zq|77\d\d\d/)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('matches as evaluate() does, for random expressions and properties (QRY-15)', async () => {
    await fc.assert(
      fc.asyncProperty(expression(4), fc.array(bag(), { minLength: 8, maxLength: 8 }), async (text, bags) => {
        const expected = bags.map((properties) => evaluate(parse(text), properties) === true)
        expect(
          await matches(
            text,
            bags.map((properties) => JSON.stringify(properties)),
          ),
          text,
        ).toEqual(expected)
      }),
      { numRuns: 1_500 },
    )
  })

  it.each([
    ['1e308', '*', '1e308'],
    ['1e-300', '*', '1e-300'],
    ['1e308', '/', '1e-308'],
    ['1', '%', '0'],
    ['1', '/', '1e-320'],
  ])('%s %s %s, repeated many times, does not fail (QRY-15)', async (start, operator, operand) => {
    const chain = `${P}${` ${operator} ${Q}`.repeat(60)} == 1`
    expect(await matches(chain, [`{"a":${start},"b":${operand}}`])).toEqual([false])
    const squares = Array.from({ length: 20 }).reduce<string>((inner) => `number(string(${inner}))`, P)
    expect(await matches(`${squares} == ${squares}`, [`{"a":${start}}`])).toEqual([true])
  })

  it.each([
    '{"a":1e100000}',
    '{"a":-1e100000}',
    '{"a":1e-10000}',
    '{"a":"1e999"}',
    '{"a":"1e-999"}',
    `{"a":"${'9'.repeat(1_000)}"}`,
    '{"a":"Infinity"}',
    '{"a":"NaN"}',
    '{"a":"2026-02-31T99:99:99"}',
    '{"a":"９"}',
    '{"a":[[[]]]}',
    '{"a":{"a":1}}',
    '[]',
    '"a"',
    'null',
  ])('no value in a row makes it fail: %s (QRY-15)', async (row) => {
    const operations = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', 'in', 'and', 'or']
    const casts = ['boolean', 'number', 'string', 'floor', 'round', 'ceil', 'defined', 'not ', '-']
    const dates = ['datetime("2026-01-02")', `datetime(${P})`]
    const values = [P, '1', '"x"', 'true', ...dates, ...casts.map((cast) => `${cast}(${P})`)]
    const all = values.flatMap((a) =>
      values.flatMap((b) => operations.map((operation) => `((${a} ${operation} ${b}) == 1)`)),
    )
    for (let from = 0; from < all.length; from += 200) {
      const [hit] = await matches(all.slice(from, from + 200).join(' or '), [row])
      expect(hit).toBeTypeOf('boolean')
    }
  })

  it('long chains and deep nesting are planned in time (QRY-15)', async () => {
    const chain = Array.from({ length: 1_200 }, (_, n) => `${P} == "${n}"`).join(' or ')
    expect(await matches(chain, ['{"a":"1199"}'])).toEqual([true])
    const orders = Array.from({ length: 900 }, () => `${P} < ${Q}`).join(' and ')
    expect(await matches(orders, ['{"a":1,"b":2}'])).toEqual([true])
    const list = Array.from({ length: 4_900 }, (_, n) => n).join(',')
    expect(await matches(`${P} in [${list}]`, ['{"a":4899}'])).toEqual([true])
    for (const [open, close] of [
      [`string(${P} + `, ')'],
      ['string(number(', '))'],
      [`(${P} in string(`, '))'],
      ['string("a" in ', ')'],
      ['not (', ' == true)'],
      [`(${P} + `, ` + ${Q})`],
      [`(datetime(${P}) < number(`, '))'],
    ]) {
      const text = `${open?.repeat(20)}${P}${close?.repeat(20)} == 1`
      expect(await matches(text, ['{"a":"1","b":2}'])).toHaveLength(1)
    }
  })
})

const NAMES = ['a', 'b', 'c']
const DATES = ['2026-01-02', '2026-01-02T00:00:01', '2026-01-02 00:00:00']
const TEXTS = ['', 'a', 'b', 'ab', '1', '2.5', ' 3 ', '-1', 'true', 'false', 'é', 'Z', ...DATES]
const TIMESTAMPS = [1_767_312_000, 1_767_312_000.5, 1_767_312_001_000]
const NUMBERS = [0, 1, 2, 3, -1, -2, 2.5, 0.5, 10]

function bag() {
  const scalar = fc.oneof(
    fc.constantFrom(...TEXTS),
    fc.constantFrom(...NUMBERS, ...TIMESTAMPS),
    fc.boolean(),
    fc.constant(null),
  )
  const value = fc.oneof(
    { weight: 6, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  )
  return fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 3 })
}

function expression(depth: number): fc.Arbitrary<string> {
  const literal = fc.oneof(
    fc.constantFrom(...TEXTS).map((text) => JSON.stringify(text)),
    fc.constantFrom(...NUMBERS).map(String),
    fc.boolean().map(String),
  )
  const property = fc.constantFrom(...NAMES).map((name) => `properties["${name}"]`)
  const leaf = fc.oneof({ weight: 2, arbitrary: property }, literal)
  if (depth === 0) return leaf
  const inner = expression(depth - 1)
  const dates = [
    ...NAMES.map((name) => `properties["${name}"]`),
    ...DATES.map((date) => `"${date}"`),
    'NOW',
    'NOW - 1',
  ]
  const datetime = fc.constantFrom(...dates).map((argument) => `datetime(${argument})`)
  const orders = fc.constantFrom('==', '!=', '<', '<=', '>', '>=')
  const functions = ['boolean', 'number', 'string', 'floor', 'round', 'ceil', 'defined', 'not ', '-']
  const operators = ['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', 'in', 'and', 'or']
  return fc.oneof(
    leaf,
    fc.tuple(fc.constantFrom(...functions), inner).map(([name, operand]) => `${name}(${operand})`),
    {
      weight: 4,
      arbitrary: fc
        .tuple(inner, fc.constantFrom(...operators), inner)
        .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    },
    fc.tuple(datetime, orders, fc.oneof(datetime, leaf)).map((all) => `(${all.join(' ')})`),
    fc.tuple(leaf, orders, datetime).map((all) => `(${all.join(' ')})`),
    // Doubles and numerics round thirds differently, so the divisors are powers of two, or 0.
    fc
      .tuple(inner, fc.constantFrom('/', '%'), fc.constantFrom('0', '2', '0.5'))
      .map((all) => `(${all.join(' ')})`),
    fc
      .tuple(inner, fc.array(literal, { maxLength: 3 }))
      .map(([operand, list]) => `(${operand} in [${list.join(',')}])`),
  )
}
