import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { MAX_RECORD_BYTES } from '../../../../src/core/limits.ts'
import { OPERATION_NAMES } from '../../../../src/core/profile/profile.ts'
import { validateEngageRecord, validateGroupRecord } from '../../../../src/core/validate/profile.ts'

const USER = { $token: 'TOK', $distinct_id: 'u' }
const GROUP = { $token: 'TOK', $group_key: 'company', $group_id: 'c1' }
const SET = { $set: { a: 1 } }

/** The words of the refusal and the codes that go with it; undefined for a valid record. */
function refusalOf(record: Json, validate = validateEngageRecord) {
  const valid = validate(record)
  return valid.ok
    ? undefined
    : [valid.error.error, valid.error.field, valid.error.findings.map(({ code }) => code)]
}
const missing = (field: string, ...codes: readonly string[]) => [`${field}, missing or empty`, field, codes]

describe.each([
  ['/engage', validateEngageRecord, USER],
  ['/groups', validateGroupRecord, GROUP],
] as const)('a record of %s (ENG-03, GRP-01)', (_endpoint, validate, ids) => {
  it.each<Json>([null, true, 1, 'x', [], [1], {}])('%j is none', (record) => {
    expect(refusalOf(record, validate)).toEqual(['data, missing or empty', '', []])
  })

  it.each<Json | undefined>([undefined, null, '', ' \t', 7, true, {}, ['TOK']])(
    'the token %j is none',
    ($token) => {
      const record = { ...ids, ...SET, $token }
      expect(refusalOf(JSON.parse(JSON.stringify(record)), validate)).toEqual(missing('$token'))
    },
  )

  it('the first thing that is wrong is told', () => {
    expect(refusalOf({ $set: 1 }, validate)).toEqual(missing('$token'))
    const [first] = Object.keys(ids).filter((name) => name !== '$token')
    expect(refusalOf({ $token: 'TOK', $set: 1 }, validate)).toEqual(missing(String(first)))
  })

  it.each<JsonObject>([{}, { $rename: {} }, { set: {} }, { $SET: {} }, { $set_Once: {} }, { $time: 1 }])(
    'has no operation: %j',
    (own) => {
      expect(refusalOf({ ...ids, ...own }, validate)).toEqual(['no valid operation', '', []])
    },
  )

  it.each(['$set', '$set_once', '$add', '$append', '$union', '$remove'])('takes an object for %s', (name) => {
    for (const value of [{}, { a: 1 }, []]) {
      expect(refusalOf({ ...ids, [name]: value }, validate)).toBeUndefined()
    }
    for (const value of [null, true, 0, '', 'x', [1], [{}]]) {
      expect(refusalOf({ ...ids, [name]: value }, validate)).toEqual([`${name}, invalid`, name, []])
    }
  })

  it('takes a list or one text for $unset (ENG-18)', () => {
    for (const value of [[], ['a'], ['a', 1], 'a', '']) {
      expect(refusalOf({ ...ids, $unset: value }, validate)).toBeUndefined()
    }
    for (const value of [null, true, 1, {}, { a: 1 }]) {
      expect(refusalOf({ ...ids, $unset: value }, validate)).toEqual(['$unset, invalid', '$unset', []])
    }
  })

  it.each<Json>(['', null, 'null', {}, 'u', [], 0, false, { a: 1 }])(
    'takes %j for $delete (ENG-19)',
    ($delete) => {
      expect(refusalOf({ ...ids, $delete }, validate)).toBeUndefined()
    },
  )

  it('gives the operations in the order in which they are applied, and refuses all for one (ENG-21)', () => {
    const all = Object.fromEntries(
      OPERATION_NAMES.toReversed().map((name) => [name, name === '$unset' ? [] : {}]),
    )
    const valid = validate({ ...all, ...ids })
    expect(valid.ok && valid.value.operations).toEqual(OPERATION_NAMES)
    expect(refusalOf({ ...ids, ...all, $add: 7, $append: 8 }, validate)).toEqual([
      '$add, invalid',
      '$add',
      [],
    ])
  })

  it('takes a record of 1 MB, and none of a byte more (ENG-06)', () => {
    const ofBytes = (bytes: number) => {
      const empty = { ...ids, $set: { a: '' } }
      return { ...empty, $set: { a: 'x'.repeat(bytes - JSON.stringify(empty).length) } }
    }
    expect(refusalOf(ofBytes(MAX_RECORD_BYTES), validate)).toBeUndefined()
    expect(refusalOf(ofBytes(MAX_RECORD_BYTES + 1), validate)).toEqual(['record, too large', '', []])
  })

  it('survives any depth', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
    expect(refusalOf({ ...ids, $set: { deep } }, validate)).toBeUndefined()
    expect(refusalOf({ ...ids, $set: deep }, validate)).toEqual(['$set, invalid', '$set', []])
  })
})

describe('the ids', () => {
  const NO_IDS: readonly Json[] = [null, '', [], {}, ['u'], { a: 1 }]
  const IDS: readonly (readonly [Json, string])[] = [
    ['u', 'u'],
    [13_793, '13793'],
    [0, '0'],
    [-1.5, '-1.5'],
    [true, 'true'],
    [false, 'false'],
    ['x'.repeat(300), 'x'.repeat(255)],
    ['a\u0000b', 'a\uFFFDb'],
    ['__proto__', '__proto__'],
    ['$device:D1', '$device:D1'],
  ]

  it.each(IDS)('$distinct_id %j is a text (ENG-09)', ($distinct_id, id) => {
    const valid = validateEngageRecord({ ...USER, ...SET, $distinct_id })
    expect(valid.ok && [valid.value.id, valid.value.groupKey]).toEqual([id, ''])
  })

  it.each(NO_IDS)('$distinct_id %j is none (ENG-03)', ($distinct_id) => {
    expect(refusalOf({ ...USER, ...SET, $distinct_id })).toEqual(missing('$distinct_id'))
  })

  it('tells one who has spelled it as in events (ENG-03)', () => {
    const told = missing('$distinct_id', 'profile.distinct_id_spelling')
    expect(refusalOf({ $token: 'TOK', distinct_id: 'u', ...SET })).toEqual(told)
    expect(refusalOf({ $token: 'TOK', distinct_id: '', ...SET })).toEqual(missing('$distinct_id'))
  })

  it.each(IDS)('$group_id %j and $group_key are texts (GRP-05)', (sent, id) => {
    const valid = validateGroupRecord({ ...GROUP, ...SET, $group_key: sent, $group_id: sent })
    expect(valid.ok && [valid.value.id, valid.value.groupKey]).toEqual([id, id])
  })

  it.each(NO_IDS)('%j is no key and no id (GRP-02)', (sent) => {
    const refusal = (own: JsonObject) => refusalOf({ ...GROUP, ...SET, ...own }, validateGroupRecord)
    expect(refusal({ $group_key: sent })).toEqual(missing('$group_key'))
    expect(refusal({ $group_id: sent })).toEqual(missing('$group_id'))
  })

  it.each<Json>(['u', 7, ''])('a group has no $distinct_id, not %j either (GRP-02)', ($distinct_id) => {
    const told = ['$distinct_id, not allowed', '$distinct_id', ['group.distinct_id_present']]
    expect(refusalOf({ ...GROUP, ...SET, $distinct_id }, validateGroupRecord)).toEqual(told)
  })

  it('a user has none of a group, and is no worse for it (GRP-02)', () => {
    const valid = validateEngageRecord({ ...USER, ...GROUP, ...SET })
    expect(valid.ok && [valid.value.id, valid.value.groupKey]).toEqual(['u', ''])
  })
})
