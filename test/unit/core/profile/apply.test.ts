import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../../src/core/json.ts'
import { applyUpdate } from '../../../../src/core/profile/apply.ts'
import { OPERATION_NAMES, type Operation, type Profile } from '../../../../src/core/profile/profile.ts'
import { sizeAfter } from '../../../../src/core/profile/size.ts'
import { naive, type Values } from '../../../support/profile-model.ts'

const SEEN = '2026-08-20T12:00:00'

const given = (kind: Exclude<Operation['kind'], '$delete' | '$unset'>, values: Values): Operation => {
  return { kind, values: Object.entries(values) }
}
const unset = (...names: readonly string[]): Operation => ({ kind: '$unset', names })
const DELETE: Operation = { kind: '$delete' }

const updateOf = (operations: readonly Operation[], lastSeen: string | undefined) => {
  return { projectId: 1, groupKey: '', id: 'u', ignoresAlias: false, operations, lastSeen }
}

/** What the operations make of a profile, one record each, and the codes that are told. */
function told(start: Values | undefined, ...operations: readonly Operation[]) {
  let profile: Profile | undefined = start && new Map(Object.entries(start))
  const codes: string[] = []
  for (const operation of operations) {
    const updated = applyUpdate(profile, updateOf([operation], undefined))
    profile = updated.profile
    codes.push(...updated.findings.map(({ code }) => code))
  }
  return { profile: profile && Object.fromEntries(profile), codes }
}

describe('a profile', () => {
  it('goes through the examples of the contract (ENG-12 to ENG-19)', () => {
    const steps: readonly (readonly [Operation, Values | undefined])[] = [
      [given('$set', { a: 1 }), { a: 1 }],
      [given('$set_once', { a: 2, b: 3 }), { a: 1, b: 3 }],
      [given('$add', { a: 4, c: -2 }), { a: 5, b: 3, c: -2 }],
      [given('$append', { l: 'x' }), { a: 5, b: 3, c: -2, l: ['x'] }],
      [given('$append', { l: 'x' }), { a: 5, b: 3, c: -2, l: ['x', 'x'] }],
      [given('$union', { l: ['x', 'y'] }), { a: 5, b: 3, c: -2, l: ['x', 'x', 'y'] }],
      [given('$remove', { l: 'x' }), { a: 5, b: 3, c: -2, l: ['y'] }],
      [unset('b', 'zzz'), { a: 5, c: -2, l: ['y'] }],
      [given('$set', { s: 'str' }), { a: 5, c: -2, l: ['y'], s: 'str' }],
      [given('$add', { s: 1 }), { a: 5, c: -2, l: ['y'], s: 'str' }],
      [DELETE, undefined],
    ]
    for (const [at, [, expected]] of steps.entries()) {
      const operations = steps.slice(0, at + 1).map(([operation]) => operation)
      expect(told(undefined, ...operations).profile, `step ${at + 1}`).toEqual(expected)
    }
    const all = steps.map(([operation]) => operation)
    expect(told(undefined, ...all).codes).toEqual(['profile.type_mismatch'])
  })

  it.each<[string, Operation, Values | undefined]>([
    ['$set', given('$set', { a: 1 }), { a: 1 }],
    ['$set of null', given('$set', { a: null }), { a: null }],
    ['$set_once', given('$set_once', { a: 1 }), { a: 1 }],
    ['$add', given('$add', { a: 1 }), { a: 1 }],
    ['$append', given('$append', { a: 1 }), { a: [1] }],
    ['$union', given('$union', { a: 1 }), { a: [1] }],
    ['$remove', given('$remove', { a: 1 }), undefined],
    ['$unset', unset('a'), undefined],
    ['$delete', DELETE, undefined],
    ['$add of a text', given('$add', { a: '1' }), undefined],
  ])('is made by what adds to it, and by nothing else: %s (ENG-10)', (_title, operation, expected) => {
    const updated = applyUpdate(undefined, updateOf([operation], SEEN))
    const seen = expected && { ...expected, $last_seen: SEEN }
    expect(updated.profile && Object.fromEntries(updated.profile)).toEqual(seen)
  })

  it('is not changed in place', () => {
    const before = new Map<string, Json>([['l', [1]]])
    applyUpdate(before, updateOf([given('$append', { l: 2 }), given('$set', { a: 1 }), unset('l')], SEEN))
    expect([...before]).toEqual([['l', [1]]])
  })

  it('is the very same where nothing was written', () => {
    const before = new Map<string, Json>([['l', [1]]])
    const idle = [
      given('$set_once', { l: 2 }),
      given('$union', { l: 1 }),
      given('$remove', { l: 3 }),
      unset('x'),
    ]
    expect(applyUpdate(before, updateOf(idle, SEEN)).profile).toBe(before)
  })
})

describe('several operations in one record (ENG-21)', () => {
  it('are applied in order to what those before have made', () => {
    const operations = [
      DELETE,
      given('$set', { a: 1, gone: 1 }),
      given('$set_once', { a: 9, b: 2 }),
      given('$merge', { o: { x: 1 } }),
      given('$add', { a: 2 }),
      given('$append', { l: 'x' }),
      given('$union', { l: ['x', 'y'] }),
      given('$remove', { l: 'x' }),
      unset('gone'),
    ]
    expect(operations.map(({ kind }) => kind)).toEqual(OPERATION_NAMES)
    const { profile } = applyUpdate(new Map([['old', 1]]), updateOf(operations, SEEN))
    expect(profile && Object.fromEntries(profile)).toEqual({
      a: 3,
      b: 2,
      o: { x: 1 },
      l: ['y'],
      $last_seen: SEEN,
    })
  })

  it('an empty $set makes an empty profile, also behind a $delete (ENG-10, ENG-19)', () => {
    for (const operations of [[given('$set', {})], [DELETE, given('$set', {})]]) {
      const updated = applyUpdate(new Map([['a', 1]]), updateOf([DELETE, ...operations], undefined))
      expect(updated.profile).toEqual(new Map())
      expect(applyUpdate(undefined, updateOf(operations, undefined)).profile).toEqual(new Map())
    }
    expect(applyUpdate(undefined, updateOf([given('$union', {})], undefined)).profile).toBeUndefined()
  })

  it('$delete and nothing that adds leaves no profile (ENG-19)', () => {
    const operations = [DELETE, given('$remove', { a: 1 }), unset('a')]
    expect(applyUpdate(new Map([['a', 1]]), updateOf(operations, SEEN)).profile).toBeUndefined()
  })
})

describe('$last_seen (ENG-26)', () => {
  const start = { a: 1, l: ['x'], $last_seen: 'before' }
  it.each<[string, Operation, string]>([
    ['$set of the same', given('$set', { a: 1 }), SEEN],
    ['$set_once of what is new', given('$set_once', { b: 1 }), SEEN],
    ['$set_once of what is there', given('$set_once', { a: 2 }), 'before'],
    ['$add', given('$add', { a: 0 }), SEEN],
    ['$add of a text', given('$add', { a: '1' }), 'before'],
    ['$append', given('$append', { l: 'x' }), SEEN],
    ['$union of what is there', given('$union', { l: ['x'] }), 'before'],
    ['$remove', given('$remove', { l: 'x' }), SEEN],
    ['$remove of nothing', given('$remove', { l: 'y' }), 'before'],
    ['$unset', unset('a'), SEEN],
    ['$unset of nothing', unset('b'), 'before'],
  ])('is the time of every write that has an effect: %s', (_title, operation, expected) => {
    const profile = new Map<string, Json>(Object.entries(start))
    expect(applyUpdate(profile, updateOf([operation], SEEN)).profile?.get('$last_seen')).toBe(expected)
    expect(applyUpdate(profile, updateOf([operation], undefined)).profile?.get('$last_seen')).toBe('before')
  })
})

describe('a profile has at most 2000 properties (ENG-29)', () => {
  const properties = (count: number, prefix = 'p') => {
    return Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, n]))
  }
  const apply = (start: Values | undefined, ...operations: readonly Operation[]) => {
    const before = start && new Map(Object.entries(start))
    const { profile, findings } = applyUpdate(before, updateOf(operations, SEEN))
    return { before, profile, findings }
  }

  it('takes the last one, and $last_seen beside', () => {
    const { profile, findings } = apply(properties(1_999), given('$set', { last: 1 }))
    expect([profile?.size, findings]).toEqual([2_001, []])
  })

  it.each<[string, Operation]>([
    ['$set', given('$set', { new: 1, p0: 'other' })],
    ['$set_once', given('$set_once', { new: 1 })],
    ['$add', given('$add', { new: 1, p0: 5 })],
    ['$append', given('$append', { new: 1 })],
    ['$union', given('$union', { new: [] })],
  ])('refuses the record altogether that would make one more: %s', (_title, operation) => {
    const { before, profile, findings } = apply(properties(2_000), operation)
    expect(profile).toBe(before)
    expect(findings).toEqual([{ code: 'profile.too_many_properties', values: { id: 'u', count: 2_001 } }])
  })

  it('takes what adds none to a full one, and what makes room', () => {
    expect(apply(properties(2_000), given('$set', { p0: 'other' })).profile?.get('p0')).toBe('other')
    const seen = { ...properties(2_000), $last_seen: 'before' }
    expect(apply(seen, given('$set', { p0: 'other' })).profile?.get('p0')).toBe('other')
    const swapped = apply(properties(2_000), given('$set', { new: 1 }), unset('p0'))
    expect([swapped.profile?.size, swapped.findings]).toEqual([2_001, []])
    const other = apply(properties(2_000), DELETE, given('$set', properties(2_000, 'q')))
    expect([other.profile?.get('q1999'), other.profile?.has('p0')]).toEqual([1_999, false])
  })

  it('makes none where it would be too large from the start, and deletes none', () => {
    expect(apply(undefined, given('$set', properties(2_001))).profile).toBeUndefined()
    const { before, profile } = apply({ a: 1 }, DELETE, given('$set', properties(2_001)))
    expect(profile).toBe(before)
  })
})

describe('a profile has at most 1 MB (ENG-29, DEC-07)', () => {
  const LIMIT = 1_048_576
  /** What the compact JSON of a list of one text takes. */
  const listOf = (bytes: number) => ['x'.repeat(bytes - 4)]
  /** A profile of so many bytes, in lists of the largest size: four of them and their names are a little too much. */
  const profileOf = (bytes: number): Values => {
    const three = { l1: listOf(262_144), l2: listOf(262_144), l3: listOf(262_144), text: 'x' }
    const rest = bytes - Buffer.byteLength(JSON.stringify({ ...three, l4: [] })) + 2
    return { ...three, l4: listOf(rest) }
  }
  const apply = (start: Values, operations: readonly Operation[], lastSeen?: string) => {
    const before = new Map(Object.entries(start))
    const { profile, findings } = applyUpdate(before, updateOf(operations, lastSeen))
    return { isRefused: profile === before, profile, findings }
  }
  const REFUSED = [{ code: 'profile.too_large', values: { id: 'u', limit: '1024 KB' } }]

  it.each([
    ['the last byte', LIMIT, []],
    ['one more', LIMIT + 1, REFUSED],
  ])('takes %s, or not', (_title, bytes, findings) => {
    const start = profileOf(bytes - 6)
    expect(Buffer.byteLength(JSON.stringify(start))).toBe(bytes - 6)
    expect(apply(start, [given('$add', { n: 1 })]).findings).toEqual(findings)
    expect(applyUpdate(undefined, updateOf([given('$set', profileOf(bytes))], undefined)).findings).toEqual(
      findings,
    )
  })

  // What each adds to a profile that has l4 and text: its name, a colon, a comma and the quotes are part of it.
  it.each<[string, (text: string) => Operation, number]>([
    ['$set', (text) => given('$set', { new: text }), 9],
    ['$set over another', (text) => given('$set', { text: `x${text}` }), 0],
    ['$set_once', (text) => given('$set_once', { new: text }), 9],
    ['$merge', (text) => given('$merge', { new: { k: text } }), 15],
    ['$append', (text) => given('$append', { l4: text }), 3],
    ['$append of a new one', (text) => given('$append', { new: text }), 11],
    ['$union', (text) => given('$union', { l4: [text] }), 3],
    ['$union of a new one', (text) => given('$union', { new: [text] }), 11],
    ['$union of many', (text) => given('$union', { l4: [...'abcdefghi', text] }), 9 * 4 + 3],
  ])('takes the last byte and not one more, whatever adds it: %s (ENG-29)', (_title, grow, overhead) => {
    const start = profileOf(LIMIT - 1_000)
    expect(apply(start, [grow('é'.repeat(10) + 'x'.repeat(1_000 - overhead - 20))]).findings).toEqual([])
    expect(apply(start, [grow('é'.repeat(10) + 'x'.repeat(1_001 - overhead - 20))])).toMatchObject({
      isRefused: true,
      findings: REFUSED,
    })
  })

  it('what takes something away is never refused, though $last_seen is written with it (ENG-26)', () => {
    const start = { ...profileOf(LIMIT), l4: ['x', ...(profileOf(LIMIT - 4)['l4'] as readonly Json[])] }
    expect(apply(start, [given('$set', { text: 'x' })], SEEN).findings).toEqual(REFUSED)
    for (const operation of [unset('text'), given('$remove', { l4: 'x' }), DELETE]) {
      expect(apply(start, [operation], SEEN)).toMatchObject({ isRefused: false, findings: [] })
    }
  })

  it('a profile that is deleted and made anew counts as it is then (ENG-19)', () => {
    const made = apply({ old: 'x'.repeat(600_000) }, [DELETE, given('$set', { new: 'x'.repeat(600_000) })])
    expect([made.isRefused, made.findings]).toEqual([false, []])
  })

  it('counts names, texts, bytes of letters and $last_seen too', () => {
    const long = Object.fromEntries(
      Array.from({ length: 1_999 }, (_, n) => [`${n}`.padEnd(255, 'n'), 'é'.repeat(255)]),
    )
    expect(apply({}, [given('$set', long)]).findings).toEqual(REFUSED)
    const start = profileOf(LIMIT - 6)
    expect(apply(start, [given('$add', { n: 1 })], SEEN).findings).toEqual(REFUSED)
  })

  it('takes 2,000 properties of 255 letters, name and value', () => {
    const full = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, n) => [`${n}`.padEnd(255, 'n'), 'v'.repeat(255)]),
    )
    expect(apply({}, [given('$set', full)], SEEN).findings).toEqual([])
  })

  it.each<[string, Operation]>([
    ['$set', given('$set', { new: [1], text: 'y' })],
    ['$set_once', given('$set_once', { new: { a: 1 } })],
    ['$merge', given('$merge', { new: { a: 1 } })],
    ['$add', given('$add', { new: 1 })],
    ['$append', given('$append', { new: 1 })],
    ['$union', given('$union', { new: [1] })],
  ])('refuses the record altogether that goes beyond: %s', (_title, operation) => {
    const own = apply(profileOf(LIMIT), [operation])
    expect([own.isRefused, own.findings]).toEqual([true, REFUSED])
  })

  it('counts the digits that Postgres writes', () => {
    const numbers = (count: number) => Array.from({ length: count }, () => 1e308)
    // Each is sent as 1e+308 and written with 309 digits.
    const start = { a: numbers(1_650), b: numbers(1_650) }
    expect(apply(start, [given('$append', { c: 1 })]).findings).toEqual([])
    expect(apply(start, [given('$append', { b: 1e308 }), given('$set', { c: 1e308 })]).findings).toEqual([])
    expect(apply(start, [given('$set', { c: numbers(100) })]).findings).toEqual(REFUSED)
    const scalars = Object.fromEntries(numbers(1_990).map((n, at) => [`p${at}`, n]))
    expect(apply(start, [given('$set', scalars)]).findings).toEqual(REFUSED)
  })

  it('takes what makes it no larger, were it too large already', () => {
    const start = { ...profileOf(LIMIT), more: listOf(262_144), n: 1 }
    for (const operation of [
      given('$set', { text: 'y', l1: [] }),
      given('$remove', { more: 'x'.repeat(262_140) }),
      given('$add', { n: 1 }),
      unset('l1'),
      DELETE,
    ]) {
      expect(apply(start, [operation])).toMatchObject({ isRefused: false, findings: [] })
    }
    expect(apply(start, [unset('more'), given('$set', { more: listOf(262_145) })]).findings).toEqual(REFUSED)
  })

  it('comes to one size, whatever the way to it', () => {
    fc.assert(
      fc.property(fc.array(inOrder, { maxLength: 6 }), (updates) => {
        let profile: Profile | undefined
        for (const operations of updates) {
          const before = profile
          profile = applyUpdate(before, updateOf(operations, SEEN)).profile
          if (profile === undefined || profile === before) continue
          const text = JSON.stringify(Object.fromEntries(profile))
          expect(sizeAfter(profile, before, operations)).toBe(Math.max(Buffer.byteLength(text), 1))
        }
      }),
    )
  })
})

const NAMES = ['a', 'b', 'l', 'm']
const value = fc.constantFrom<Json>(0, 1, -2.5, 'x', '1', null, true, [], ['x'], ['x', 1, 'x'], { k: 1 }, [
  { k: 1 },
])
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(DELETE) },
  { weight: 2, arbitrary: fc.subarray(NAMES).map((names) => unset(...names)) },
  {
    weight: 9,
    arbitrary: fc
      .tuple(
        fc.constantFrom('$set', '$set_once', '$add', '$append', '$union', '$remove'),
        fc.dictionary(fc.constantFrom(...NAMES), value, { minKeys: 1, noNullPrototype: true }),
      )
      .map(([kind, values]) => given(kind, values)),
  },
)
const inOrder = fc.array(operation, { maxLength: 4 }).map((operations) => {
  return operations.toSorted((a, b) => OPERATION_NAMES.indexOf(a.kind) - OPERATION_NAMES.indexOf(b.kind))
})

/** An operation as a record has it. */
function wired(own: Operation): readonly [string, Json] {
  if (own.kind === '$delete') return [own.kind, '']
  return [own.kind, own.kind === '$unset' ? own.names : Object.fromEntries(own.values)]
}

describe('any history', () => {
  it('is what a naive model makes of it (ENG-10, ENG-12 to ENG-23)', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 15 }), (operations) => {
        let model: Values | undefined
        for (const own of operations) model = naive(model, wired(own))
        expect(told(undefined, ...operations).profile).toEqual(model)
      }),
      { numRuns: 3_000 },
    )
  })

  it('is the same in one record and in one record for each operation (ENG-21)', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 5 }), inOrder, (before, operations) => {
        const { profile: start } = told(undefined, ...before)
        const profile = start && new Map(Object.entries(start))
        const atOnce = applyUpdate(profile, updateOf(operations, undefined))
        const oneByOne = told(start, ...operations)
        expect(atOnce.profile && Object.fromEntries(atOnce.profile)).toEqual(oneByOne.profile)
        expect(atOnce.findings.map(({ code }) => code)).toEqual(oneByOne.codes)
      }),
      { numRuns: 3_000 },
    )
  })
})
