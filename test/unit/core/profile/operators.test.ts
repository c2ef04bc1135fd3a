import { describe, expect, it } from 'vitest'
import type { Json } from '../../../../src/core/json.ts'
import { isSame } from '../../../../src/core/profile/lists.ts'
import { applyOperation } from '../../../../src/core/profile/operators.ts'
import type { Operation } from '../../../../src/core/profile/profile.ts'
import { render } from '../../../../src/core/verdict/verdict.ts'

type Kind = Exclude<Operation['kind'], '$delete' | '$unset'>
/** What is stored, what is given, what is stored then; undefined for no such property. */
type Row = readonly [string, Json | undefined, Json, Json | undefined]

function run(kind: Kind, stored: Json | undefined, given: Json) {
  const profile = new Map<string, Json>(stored === undefined ? [] : [['p', stored]])
  const { isEffective, findings } = applyOperation(profile, { kind, values: [['p', given]] })
  return { value: profile.get('p'), isEffective, codes: findings.map(({ code }) => code), findings }
}

const MISMATCH = ['profile.type_mismatch']
const NO_LISTS: readonly Json[] = [
  null,
  false,
  0,
  -0,
  2 ** 53,
  '',
  'x',
  '2026-01-01',
  {},
  { 0: 'x', length: 1 },
]
const NO_NUMBERS: readonly Json[] = [
  null,
  true,
  '',
  '1',
  '2026-01-01T00:00:00',
  [],
  [1],
  [{ a: 1 }],
  {},
  { a: 1 },
]
const ANY: readonly Json[] = [null, false, 0, -0, '', 'x', [], [1], {}, [{ a: 1 }, { b: [2] }], 1e308, 5e-324]

/** Expects a table of changes, or of what changes nothing and needs no telling. */
function holds(kind: Kind, rows: readonly Row[]): void {
  it.each(rows)(`${kind}: %s`, (_title, stored, given, value) => {
    const own = run(kind, stored, given)
    expect(own.codes).toEqual([])
    expect(own.value).toEqual(value)
    expect(own.isEffective || value === stored || isSame(value ?? null, stored ?? null)).toBe(true)
  })
}

describe('$set (ENG-12)', () => {
  it.each(ANY)('writes %j over anything and over nothing', (given) => {
    for (const stored of [undefined, ...ANY]) {
      expect(run('$set', stored, given)).toMatchObject({ value: given, isEffective: true, codes: [] })
    }
  })

  it('writes each property, whatever it is called, and leaves the others', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '$name', '🙂']
    const profile = new Map<string, Json>([['other', 1]])
    applyOperation(profile, { kind: '$set', values: names.map((name) => [name, name]) })
    expect([...profile]).toEqual([['other', 1], ...names.map((name) => [name, name])])
  })

  it('writes nothing of nothing', () => {
    expect(applyOperation(new Map(), { kind: '$set', values: [] })).toEqual({
      isEffective: false,
      findings: [],
    })
  })
})

describe('where a profile is (ENG-24, ENG-26)', () => {
  it('is written where it is another, and is no update where it is not', () => {
    const profile = new Map<string, Json>([['$city', 'Oslo']])
    const place = (city: string): Operation => ({ kind: '$set', values: [['$city', city]], isQuiet: true })
    expect(applyOperation(profile, place('Oslo')).isEffective).toBe(false)
    expect(applyOperation(profile, place('Tokyo')).isEffective).toBe(true)
    expect(profile.get('$city')).toBe('Tokyo')
    expect(applyOperation(new Map(), place('Oslo')).isEffective).toBe(true)
  })
})

describe('$set_once (ENG-13)', () => {
  it.each(ANY)('writes %j where there is nothing, and leaves it then', (given) => {
    expect(run('$set_once', undefined, given)).toMatchObject({ value: given, isEffective: true, codes: [] })
    expect(run('$set_once', given, 'other')).toMatchObject({ value: given, isEffective: false, codes: [] })
  })
})

describe('$merge, which Android has (ENG-12, ENG-13)', () => {
  holds('$merge', [
    ['makes an object', undefined, { a: 1 }, { a: 1 }],
    [
      'puts keys beside the others, and over those of the same name',
      { a: 1, b: 2 },
      { b: 3, c: 4 },
      { a: 1, b: 3, c: 4 },
    ],
    ['goes no deeper', { a: { x: 1 } }, { a: { y: 2 } }, { a: { y: 2 } }],
    ['keeps all of it for nothing', { a: 1 }, {}, { a: 1 }],
    ['knows no special names', JSON.parse('{"__proto__":1}'), { b: 2 }, JSON.parse('{"__proto__":1,"b":2}')],
  ])

  it.each([null, 'x', 5, true, [], [{ a: 1 }]] satisfies Json[])(
    'leaves %j, and does not merge it',
    (other) => {
      const untouched = { isEffective: false, codes: MISMATCH }
      expect(run('$merge', other, { a: 1 })).toMatchObject({ value: other, ...untouched })
      expect(run('$merge', { a: 1 }, other)).toMatchObject({ value: { a: 1 }, ...untouched })
      expect(run('$merge', undefined, other)).toMatchObject({ value: undefined, ...untouched })
    },
  )

  it('has at most 256 KB, then nothing is merged (PRP-15)', () => {
    const half = 'x'.repeat(140_000)
    expect(run('$merge', { a: half }, { b: half })).toMatchObject({
      value: { a: half },
      codes: ['value.too_deep_or_large'],
    })
  })
})

describe('$add (ENG-14, ENG-20)', () => {
  holds('$add', [
    ['begins at 0', undefined, 4, 4],
    ['adds', 1, 4, 5],
    ['takes away', 1, -4, -3],
    ['adds fractions as doubles do', 0.1, 0.2, 0.1 + 0.2],
    ['adds 0 to nothing', undefined, 0, 0],
    ['loses what a double has no room for', 2 ** 53, 1, 2 ** 53],
    ['adds beyond 2^53 as doubles do', 2 ** 53, 2, 9_007_199_254_740_994],
    ['takes -0 for 0', -0, -0, -0],
    ['adds 0 to -0', -0, 0, 0],
    ['comes from below to the largest', 1e308, 7e307, 1.7e308],
    ['adds the largest to the least', Number.MAX_VALUE, -Number.MAX_VALUE, 0],
    ['adds what vanishes', 1, 5e-324, 1],
  ])

  it.each(NO_NUMBERS)('leaves %j, and says so', (stored) => {
    expect(run('$add', stored, 1)).toMatchObject({ value: stored, isEffective: false, codes: MISMATCH })
  })

  it.each(NO_NUMBERS)('does not add %j', (given) => {
    expect(run('$add', 1, given)).toMatchObject({ value: 1, isEffective: false, codes: MISMATCH })
    expect(run('$add', undefined, given)).toMatchObject({ value: undefined, codes: MISMATCH })
  })

  it.each([
    [Number.MAX_VALUE, Number.MAX_VALUE],
    [-Number.MAX_VALUE, -Number.MAX_VALUE],
    [1e308, 1e308],
    [Number.MAX_VALUE, 1e292],
  ])('leaves a number that would be beyond a double: %d and %d (ENG-20)', (stored, given) => {
    const own = run('$add', stored, given)
    expect(own).toMatchObject({ value: stored, isEffective: false, codes: ['value.not_storable'] })
  })

  it('adds each property on its own: one that cannot be is no reason against another', () => {
    const profile = new Map<string, Json>([['s', 'str']])
    const values = [
      ['a', 1],
      ['s', 1],
      ['__proto__', 2],
    ] as const
    const { isEffective, findings } = applyOperation(profile, { kind: '$add', values })
    expect([...profile]).toEqual([
      ['s', 'str'],
      ['a', 1],
      ['__proto__', 2],
    ])
    expect(isEffective).toBe(true)
    expect(findings.map((told) => told.values)).toEqual([
      { operation: '$add', property: 's', cause: 'the profile has a string' },
    ])
  })
})

describe('$append (ENG-15)', () => {
  holds('$append', [
    ['makes a list of one', undefined, 'x', ['x']],
    ['puts a value at the end', ['x'], 'y', ['x', 'y']],
    ['keeps duplicates', ['x'], 'x', ['x', 'x']],
    ['takes a list as one element', ['x'], ['y', 'z'], ['x', ['y', 'z']]],
    ['takes null', [], null, [null]],
    ['takes an empty list', [], [], [[]]],
    ['takes an empty object', undefined, {}, [{}]],
    ['takes a date as the text that it is', ['2026-01-01'], '2026-01-01', ['2026-01-01', '2026-01-01']],
    ['takes a number beyond 2^53', [2 ** 53], 2 ** 53 + 2, [2 ** 53, 2 ** 53 + 2]],
    ['takes an object (ENG-32)', undefined, { $time: 't', $amount: 1 }, [{ $time: 't', $amount: 1 }]],
  ])

  it.each(NO_LISTS)('leaves %j, and says so', (stored) => {
    expect(run('$append', stored, 1)).toMatchObject({ value: stored, isEffective: false, codes: MISMATCH })
  })
})

describe('$union (ENG-16)', () => {
  holds('$union', [
    ['makes a list', undefined, ['x', 'y'], ['x', 'y']],
    ['makes a list of one', undefined, 'x', ['x']],
    ['makes an empty list', undefined, [], []],
    ['puts what is new at the end, in order', ['x'], ['z', 'x', 'y'], ['x', 'z', 'y']],
    ['leaves duplicates that are there', ['x', 'x'], ['x', 'y'], ['x', 'x', 'y']],
    ['adds none of its own', undefined, ['x', 'x', 'y', 'x'], ['x', 'y']],
    ['changes nothing where nothing is new', ['x'], ['x'], ['x']],
    ['tells types apart (ENG-22)', [1], ['1', true, null], [1, '1', true, null]],
    [
      'compares objects deeply (ENG-22)',
      [{ a: { b: [1] }, c: 2 }],
      [{ c: 2, a: { b: [1] } }],
      [{ a: { b: [1] }, c: 2 }],
    ],
    ['takes 0 and -0 for one (ENG-22)', [0], [-0], [0]],
    [
      'tells dates by their texts (ENG-22)',
      ['2026-01-01'],
      ['2026-01-01T00:00:00', '2026-01-01'],
      ['2026-01-01', '2026-01-01T00:00:00'],
    ],
    ['takes null for one element', undefined, null, [null]],
    ['takes lists in a list for elements', [[1]], [[1], [2], []], [[1], [2], []]],
    ['takes an object with no names', [{}], [{}, []], [{}, []]],
    ['takes an object for one element', ['x'], { a: 1 }, ['x', { a: 1 }]],
  ])

  it.each(NO_LISTS)('leaves %j, and says so', (stored) => {
    expect(run('$union', stored, ['x'])).toMatchObject({ value: stored, isEffective: false, codes: MISMATCH })
  })

  it('has no effect where nothing is new (ENG-26)', () => {
    expect(run('$union', ['x'], ['x'])).toMatchObject({ isEffective: false })
    expect(run('$union', ['x'], [])).toMatchObject({ isEffective: false })
    expect(run('$union', [], [])).toMatchObject({ isEffective: false })
  })
})

describe('$remove (ENG-17)', () => {
  holds('$remove', [
    ['takes every element that is equal', ['x', 'y', 'x', 'x'], 'x', ['y']],
    ['leaves an empty list', ['x', 'x'], 'x', []],
    ['does nothing where there is no such value', ['x'], 'y', ['x']],
    ['does nothing where there is no such property', undefined, 'x', undefined],
    ['takes a list for one element', ['x', ['x']], ['x'], ['x']],
    ['tells types apart (ENG-22)', [1, '1', true], '1', [1, true]],
    ['takes 0 and -0 for one (ENG-22)', [0, -0, 1], -0, [1]],
    ['takes an empty list for one element', [[], 'x', {}], [], ['x', {}]],
    ['takes an empty object for one element', [{}, { a: 1 }], {}, [{ a: 1 }]],
    [
      'takes a date by its text',
      ['2026-01-01', '2026-01-01T00:00:00'],
      '2026-01-01',
      ['2026-01-01T00:00:00'],
    ],
    ['does nothing to an empty list', [], 'x', []],
    ['tells null from nothing (ENG-22)', [null, 0, '', false], null, [0, '', false]],
    ['compares objects deeply (ENG-22)', [{ a: 1, b: 2 }, { a: 1 }], { b: 2, a: 1 }, [{ a: 1 }]],
  ])

  it.each(NO_LISTS)('leaves %j, and says so', (stored) => {
    expect(run('$remove', stored, 'x')).toMatchObject({ value: stored, isEffective: false, codes: MISMATCH })
  })
})

describe('what an operation says when it does nothing (VRD-01)', () => {
  it.each<[Kind, Json | undefined, Json, string]>([
    ['$add', undefined, 'x', '$add on p was ignored: it was given a string.'],
    ['$add', undefined, null, '$add on p was ignored: it was given null.'],
    ['$add', [1], 1, '$add on p was ignored: the profile has a list.'],
    ['$add', { a: 1 }, 1, '$add on p was ignored: the profile has an object.'],
    ['$merge', undefined, true, '$merge on p was ignored: it was given a boolean.'],
    ['$merge', 7, { a: 1 }, '$merge on p was ignored: the profile has a number.'],
    ['$append', 'x', 1, '$append on p was ignored: the profile has a string.'],
    ['$union', null, 1, '$union on p was ignored: the profile has null.'],
    ['$remove', {}, 1, '$remove on p was ignored: the profile has an object.'],
    ['$add', 1e308, 1e308, 'p contained a number beyond a double and was stored without it.'],
    [
      '$append',
      ['x'.repeat(262_140)],
      7,
      'p (262146 bytes) exceeds depth 3, 255 keys or elements, or 256 KB, and stays as it was.',
    ],
  ])('%s', (kind, stored, value, sentence) => {
    const { findings } = run(kind, stored, value)
    expect(findings.map((own) => render(own, 'stored').message)).toEqual([sentence])
  })
})

describe('$unset (ENG-18)', () => {
  it('removes what there is, and needs no telling of the rest', () => {
    const profile = new Map<string, Json>([
      ['a', null],
      ['b', 2],
      ['__proto__', 3],
    ])
    const names = ['a', 'zzz', '__proto__', 'constructor', 'a']
    expect(applyOperation(profile, { kind: '$unset', names })).toEqual({ isEffective: true, findings: [] })
    expect([...profile]).toEqual([['b', 2]])
    expect(applyOperation(profile, { kind: '$unset', names }).isEffective).toBe(false)
  })
})

describe('a list on a profile has at most 256 KB (PRP-15, ENG-29)', () => {
  const MAX = 262_144
  /** A list of one text, of so many bytes as JSON. */
  const listOf = (bytes: number) => ['x'.repeat(bytes - 4)]
  const TOO_LARGE = ['value.too_deep_or_large']

  it.each(['$append', '$union'] as const)('%s fills it, and goes no further', (kind) => {
    // A comma, and the element.
    expect(run(kind, listOf(MAX - 2), 7)).toMatchObject({ isEffective: true, codes: [] })
    const full = run(kind, listOf(MAX - 1), 7)
    expect(full).toMatchObject({ value: listOf(MAX - 1), isEffective: false, codes: TOO_LARGE })
  })

  it('one that was larger before may shrink', () => {
    const large = ['y', ...listOf(2 * MAX)]
    expect(run('$remove', large, 'y')).toMatchObject({ value: listOf(2 * MAX), isEffective: true, codes: [] })
  })

  it('counts bytes, not characters', () => {
    expect(run('$append', ['é'.repeat(MAX / 2 - 3)], 7).codes).toEqual([])
    expect(run('$append', ['é'.repeat(MAX / 2 - 2)], 7).codes).toEqual(TOO_LARGE)
  })
})
