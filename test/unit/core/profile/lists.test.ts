import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../../src/core/json.ts'
import { append, isSame, remove, union, weigh } from '../../../../src/core/profile/lists.ts'

const scalar = fc.constantFrom<Json>(0, -0, 1, 2 ** 53, '', '0', '1', 'é', '\u0001', '[]', '{}', null, false)
const small = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    scalar,
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), tie('value'), { maxKeys: 2 }),
  ),
})).value
const list = fc.array(small, { maxLength: 20 })

describe('lists', () => {
  it('are as a naive comparison makes them, by however many values (ENG-15, ENG-16, ENG-17)', () => {
    fc.assert(
      fc.property(list, list, (own, values) => {
        expect(append(own, values)).toEqual([...own, ...values])
        const all = [...own]
        for (const value of values) if (!all.some((known) => isSame(known, value))) all.push(value)
        expect(union(own, values)).toEqual(all)
        for (const value of values) {
          expect(remove(own, value)).toEqual(own.filter((known) => !isSame(known, value)))
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([1, 7, 8, 9, 100])(
    'of %i values that differ in the order of their keys alone one stays (ENG-16, ENG-22)',
    (count) => {
      const inner = (n: number): Json =>
        n % 2 === 0 ? { a: 1, b: [{ c: 2, d: 3 }] } : { b: [{ d: 3, c: 2 }], a: 1 }
      const values = Array.from({ length: count }, (_, n) => inner(n + 1))
      const own = [inner(0)]
      expect(union(own, values)).toBe(own)
      expect(union([], values)).toEqual([inner(0)])
      // The order of a list counts.
      expect(union([['x', 'y']], Array(count).fill(['y', 'x']))).toEqual([
        ['x', 'y'],
        ['y', 'x'],
      ])
    },
  )

  it('are the very same where nothing changes', () => {
    const own = [1, 'x', { a: 1 }]
    expect(append(own, [])).toBe(own)
    expect(union(own, ['x', 1, { a: 1 }])).toBe(own)
    expect(union(own, Array(20).fill('x'))).toBe(own)
    expect(remove(own, '1')).toBe(own)
  })

  it('are measured as they grow to the byte (PRP-15)', () => {
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 5 }), (steps) => {
        let own: readonly Json[] = []
        for (const values of steps) {
          own = append(own, values)
          expect(weigh(own)).toEqual(weigh([...own]))
          expect(weigh(own).bytes).toBe(Buffer.byteLength(JSON.stringify(own)))
        }
      }),
    )
  })

  it.each<[readonly Json[], number]>([
    [[1, 123_456_789, 'e+308', '1e+308'], 0],
    [[1e308], 308],
    [[1e21, { a: -1.5e300 }, [5e-324]], 21 + 300 + 324],
    [[1e20], 0],
  ])('of %j Postgres writes more than was sent (DEC-07)', (own, digits) => {
    expect(weigh(own).digits).toBe(digits)
    expect(weigh(append(append([], own), own)).digits).toBe(2 * digits)
  })

  it('are not looked through element by element for each of many values', () => {
    const own: readonly Json[] = Array.from({ length: 40_000 }, (_, n) => `${n}`)
    const values = Array.from({ length: 255 }, (_, n) => `new ${n}`)
    const msOf = (work: () => unknown) => {
      const begun = performance.now()
      work()
      return performance.now() - begun
    }
    const eachWithEach = msOf(() => values.filter((value) => !own.some((known) => isSame(known, value))))
    const runs = Array.from({ length: 5 }, () => msOf(() => union(own, values)))
    expect(Math.min(...runs)).toBeLessThan(eachWithEach / 4)
  })
})

describe('isSame (ENG-22)', () => {
  const json = fc.jsonValue() as fc.Arbitrary<Json>

  it('takes a value for itself, however its objects are ordered', () => {
    const reversed = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(reversed)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([name, own]) => [name, reversed(own)]),
      )
    }
    fc.assert(fc.property(json, (value) => isSame(value, reversed(value))))
  })

  it('agrees with a comparison of texts', () => {
    const text = (value: Json): string => {
      if (Array.isArray(value)) return `[${value.map(text)}]`
      if (typeof value !== 'object' || value === null) return JSON.stringify(value)
      const entries = Object.entries(value).map(([name, own]) => `${JSON.stringify(name)}:${text(own)}`)
      return `{${entries.sort()}}`
    }
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(isSame(a, b)).toBe(text(a) === text(b))
        expect(isSame(b, a)).toBe(isSame(a, b))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is not fooled by names that every object has', () => {
    expect(isSame({ toString: null }, { a: null })).toBe(false)
    expect(isSame({ a: null }, { b: null })).toBe(false)
    expect(isSame([null], [])).toBe(false)
    expect(isSame([], {})).toBe(false)
    expect(isSame(JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":2}'))).toBe(false)
  })
})
