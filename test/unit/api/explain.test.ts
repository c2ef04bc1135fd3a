import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExplainBody } from '../../../src/api/explain.shape.ts'
import { explain } from '../../../src/api/explain.ts'
import { runAtOnce } from '../../../src/core/decode/steps.ts'
import type { IdManagement } from '../../../src/core/identity/model.ts'
import type { Json, JsonObject } from '../../../src/core/json.ts'
import { NEW_ID, NOW_MS, NOW_S } from '../build.ts'
import { hostileProperties, hostileValue } from '../core/normalise/json-arbitraries.ts'

const deps = { clock: () => NOW_MS, newId: () => NEW_ID }
const explained = (records: readonly Json[], change: Partial<ExplainBody> = {}) =>
  runAtOnce(explain({ records, ...change }, deps))

const record = (event: string, own: JsonObject): JsonObject => ({
  event,
  properties: { token: 'TOK', ...own },
})
const e = (own: JsonObject) => record('E', own)
const alias = (name: string, of: string) => record('$create_alias', { distinct_id: of, alias: name })
/** A record that strict import takes. */
const imported = (event: string, own: JsonObject) => record(event, { time: NOW_S, $insert_id: 'i1', ...own })

const MODES: readonly IdManagement[] = ['simplified', 'original', 'legacy']

describe('explain: an alias for two users', () => {
  const { modes, differences } = explained([
    e({ distinct_id: 'A' }),
    e({ distinct_id: 'B' }),
    alias('B', 'A'),
  ])

  it('leaves them two users on Simplified, and tells why (IDS-21)', () => {
    expect(modes.simplified?.users).toEqual([
      { distinct_id: 'A', distinct_ids: ['A'], records: [0] },
      { distinct_id: 'B', distinct_ids: ['B'], records: [1] },
    ])
    expect(modes.simplified?.records[2]).toMatchObject({
      record_index: 2,
      event: '$create_alias',
      outcome: 'no_effect',
      distinct_id: null,
      verdicts: [{ code: 'identity.alias_noop_simplified', severity: 'error', rule: 'IDS-21' }],
    })
  })

  it('makes them one on Original, all records one user’s (IDO-14)', () => {
    expect(modes.original?.users).toEqual([
      { distinct_id: 'A', distinct_ids: ['A', 'B'], records: [0, 1, 2] },
    ])
    expect(modes.original?.records.map((own) => own.outcome)).toEqual(['stored', 'stored', 'stored'])
  })

  it('keeps what was there under B on Legacy (IDL-02)', () => {
    expect(modes.legacy?.users).toEqual([
      { distinct_id: 'A', distinct_ids: ['A', 'B'], records: [0, 2] },
      { distinct_id: 'B', distinct_ids: ['B'], records: [1] },
    ])
    expect(modes.legacy?.records[2]?.verdicts.map((own) => own.message)).toEqual([
      'Earlier events of B (1) remain a separate user: in Legacy an alias only affects later events.',
    ])
  })

  it('says where the modes differ, the users first (VRD-01)', () => {
    expect(differences.map((own) => [own.record_index, own.message])).toEqual([
      [
        null,
        'These records make 2 users {A} {B} on Simplified ID Merge; 1 user {A, B} on Original ID Merge; ' +
          '2 users {A, B} {B} on Legacy ID management.',
      ],
      [
        1,
        'records[1] (E) is stored for B on Simplified ID Merge; stored for A on Original ID Merge; ' +
          'stored for B on Legacy ID management.',
      ],
      [
        2,
        'records[2] ($create_alias) is no_effect (identity.alias_noop_simplified) on Simplified ID Merge; ' +
          'stored for A on Original ID Merge; ' +
          'stored for A (identity.alias_not_retroactive) on Legacy ID management.',
      ],
    ])
  })
})

describe('explain', () => {
  it('tells of a device that two people use (IDS-07)', () => {
    const both = (user: string) => e({ distinct_id: user, $device_id: 'C', $user_id: user })
    const { simplified } = explained([both('A'), both('B')]).modes
    expect(simplified?.users.map((own) => own.distinct_ids)).toEqual([['A', '$device:C'], ['B']])
    expect(simplified?.records[1]).toMatchObject({
      outcome: 'changed',
      distinct_id: 'B',
      verdicts: [{ code: 'identity.device_already_assigned' }],
    })
  })

  it('says nothing of what differs in no mode (VRD-03)', () => {
    const { modes, differences } = explained([
      record('E', { distinct_id: 'U' }),
      record('E', { distinct_id: 'U' }),
    ])
    expect(differences).toEqual([])
    for (const mode of MODES) {
      expect(modes[mode]).toMatchObject({ users: [{ distinct_id: 'U', records: [0, 1] }], records: [{}, {}] })
      expect(modes[mode]?.records.flatMap((own) => own.verdicts)).toEqual([])
    }
  })

  it.each<readonly [readonly IdManagement[] | undefined, readonly IdManagement[]]>([
    [undefined, MODES],
    [['original'], ['original']],
    [
      ['legacy', 'simplified'],
      ['legacy', 'simplified'],
    ],
    [['legacy', 'legacy'], ['legacy']],
  ])('explains the modes asked for: %j (VRD-01)', (modes, expected) => {
    const own = explained([alias('B', 'A')], modes && { modes })
    expect(Object.keys(own.modes)).toEqual(expected)
    expect(own.differences.length === 0).toBe(expected.length === 1)
    expect(own.differences.flatMap((each) => Object.keys(each.modes))).toEqual(
      own.differences.flatMap(() => expected),
    )
  })

  it('an event of nobody is no user (TRK-33)', () => {
    const { modes } = explained([e({}), e({ distinct_id: '' })])
    for (const mode of MODES) {
      expect(modes[mode]?.users).toEqual([])
      expect(modes[mode]?.records.map((own) => own.distinct_id)).toEqual(['', ''])
    }
  })

  it('says of a device alone that it is nobody’s elsewhere (IDO-01)', () => {
    const { differences } = explained([e({ $device_id: 'D' })], { modes: ['simplified', 'original'] })
    expect(differences.map((own) => own.message)).toEqual([
      'These records make 1 user {$device:D} on Simplified ID Merge; no user on Original ID Merge.',
      'records[0] (E) is stored for $device:D on Simplified ID Merge; ' +
        'stored for nobody (identity.no_id) on Original ID Merge.',
    ])
  })

  it('a $merge is refused on /track in every mode (TRK-38)', () => {
    const { modes, differences } = explained([record('$merge', { $distinct_ids: ['A', 'B'] })])
    expect(differences).toEqual([])
    for (const mode of MODES) {
      expect(modes[mode]?.users).toEqual([])
      expect(modes[mode]?.records[0]).toMatchObject({ outcome: 'rejected', distinct_id: null })
    }
  })

  it.each([
    ['one token', 'TOK'],
    ['another token', 'OTHER'],
  ])('explains records of %s as one project’s (DEC-05)', (_name, token) => {
    const { simplified } = explained([
      e({ $device_id: 'D' }),
      e({ token, $device_id: 'D', $user_id: 'U' }),
    ]).modes
    expect(simplified?.users).toEqual([
      { distinct_id: 'U', distinct_ids: ['U', '$device:D'], records: [0, 1] },
    ])
  })

  it('the same question has the same answer (DEC-06)', () => {
    const records = [e({ distinct_id: 'A' }), alias('B', 'A'), e({ $device_id: 'D', $user_id: 'B' })]
    expect(explained(records)).toEqual(explained(records))
  })
})

describe('explain: an import', () => {
  const good = imported('E', { distinct_id: 'A' })

  it.each([
    ['$identify', { distinct_id: 'A', $anon_id: 'x' }, ['no_effect', 'no_effect']],
    ['$create_alias', { distinct_id: 'A', alias: 'B' }, ['stored', 'stored']],
    ['$merge', { $distinct_ids: ['A', 'B'] }, ['stored', 'no_effect']],
  ] as const)(
    'one %s has it refused whole on Simplified, and not elsewhere (IDS-22)',
    (event, own, others) => {
      const { modes } = explained([good, imported(event, own)], { endpoint: 'import' })
      expect(modes.simplified?.users).toEqual([])
      for (const each of modes.simplified?.records ?? []) {
        expect(each).toMatchObject({ outcome: 'rejected', distinct_id: null })
        expect(each.verdicts.map((told) => told.code)).toEqual(['identity.verb_rejected_simplified'])
      }
      expect([modes.original?.records[0]?.outcome, modes.legacy?.records[0]?.outcome]).toEqual([
        'stored',
        'stored',
      ])
      expect([modes.original?.records[1]?.outcome, modes.legacy?.records[1]?.outcome]).toEqual(others)
    },
  )

  it('is strict, and takes the good records (IMP-13)', () => {
    const { modes } = explained([good, record('E', { distinct_id: 'B' })], { endpoint: 'import' })
    for (const mode of MODES) {
      expect(modes[mode]?.records.map((own) => own.outcome)).toEqual(['stored', 'rejected'])
      expect(modes[mode]?.users.map((own) => own.distinct_ids)).toEqual([['A']])
    }
  })

  it('a $merge of three is refused on Original (IDO-21)', () => {
    const { original } = explained([record('$merge', { $distinct_ids: ['A', 'B', 'C'] })], {
      endpoint: 'import',
    }).modes
    expect(original?.records[0]?.outcome).toBe('rejected')
    expect(original?.users).toEqual([])
  })
})

const deep = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as Json

describe('explain: whatever is sent', () => {
  it.each<readonly [string, Json]>([
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
    ['a number beyond a double', Number.POSITIVE_INFINITY],
    ['an empty object', {}],
    ['a list for properties', { event: 'E', properties: [] }],
    ['__proto__ for properties', JSON.parse('{"event":"E","__proto__":{"token":"TOK"}}')],
    ['deep nesting', deep(10_000)],
  ])('%s is refused in every mode and throws nothing (DEC-07)', (_name, own) => {
    for (const endpoint of ['track', 'import'] as const) {
      const { modes, differences } = explained([own], { endpoint })
      expect(differences).toEqual([])
      for (const mode of MODES) expect(modes[mode]?.records[0]).toMatchObject({ outcome: 'rejected' })
    }
  })

  it.each<readonly [string, JsonObject]>([
    ['deep nesting in a property', { distinct_id: 'U', p: deep(5_000) }],
    [
      'ids that JavaScript knows',
      { distinct_id: '__proto__', $device_id: 'constructor', $user_id: '__proto__' },
    ],
    ['a __proto__', JSON.parse('{"distinct_id":"U","__proto__":{"alias":"k"}}')],
    ['a NUL in an id', { distinct_id: 'a\u0000b' }],
    ['half a character in an id', { distinct_id: 'a\uD800' }],
  ])('%s is stored in every mode (DEC-07)', (_name, own) => {
    const { modes } = explained([e(own)])
    for (const mode of MODES) {
      expect(['stored', 'changed']).toContain(modes[mode]?.records[0]?.outcome)
      expect(modes[mode]?.users).toHaveLength(1)
    }
  })

  it('any records have an answer: each record once, each stored one with one user (DEC-07)', () => {
    const event = fc.constantFrom('E', '$identify', '$create_alias', '$merge', '__proto__', '')
    const id = fc.oneof(fc.constantFrom('A', 'B', '$device:A', '__proto__'), hostileValue)
    const names = ['distinct_id', '$device_id', '$user_id', '$anon_id', '$identified_id', 'alias'] as const
    const ids = fc.record(Object.fromEntries(names.map((name) => [name, id])), { requiredKeys: [] })
    const time = fc.constantFrom<Json>(NOW_S, null)
    const likely = fc
      .tuple(event, hostileProperties, ids, time, fc.array(id, { maxLength: 3 }))
      .map(([name, hostile, own, at, $distinct_ids]): Json => {
        return record(name, { ...hostile, token: 'TOK', ...own, $distinct_ids, time: at, $insert_id: 'i' })
      })
    const records = fc.array(fc.oneof({ weight: 4, arbitrary: likely }, hostileValue), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(records, fc.constantFrom('track' as const, 'import' as const), (sent, endpoint) => {
        const { modes } = explained(sent, { endpoint })
        for (const mode of MODES) {
          const { users = [], records: told = [] } = modes[mode] ?? {}
          expect(told.map((own) => own.record_index)).toEqual(sent.map((_record, index) => index))
          const owned = users.flatMap((own) => own.records.map((index) => [index, own.distinct_id] as const))
          const stored = told.filter((own) => own.distinct_id !== null && own.distinct_id !== '')
          expect(new Map(owned)).toEqual(new Map(stored.map((own) => [own.record_index, own.distinct_id])))
          for (const own of users) expect(own.distinct_ids).toContain(own.distinct_id)
        }
      }),
    )
  })
})
