import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { judgeProfileRecord } from '../../../../src/core/judge/profile.ts'
import { validateEngageRecord, validateGroupRecord } from '../../../../src/core/validate/profile.ts'
import { aContext, aProject, codesOf } from '../../build.ts'

const NOW = '2026-08-20T12:00:00'
const AT_ONCE = Date.parse('2026-01-01T10:20:30.900Z')

function judge(own: JsonObject, context = aContext()) {
  const isGroup = '$group_key' in own
  const valid = isGroup
    ? validateGroupRecord({ $token: 'TOK', ...own })
    : validateEngageRecord({ $token: 'TOK', $distinct_id: 'u', ...own })
  if (!valid.ok) throw new Error(`not a valid record: ${valid.error.error}`)
  const outcome = judgeProfileRecord(valid.value, context)
  if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${outcome.kind}`)
  return { ...outcome.update, codes: codesOf(outcome.findings), findings: outcome.findings }
}

/** The properties of the one operation, and the codes that are told. */
function valuesOf(own: JsonObject, context = aContext()) {
  const { operations, codes } = judge(own, context)
  const [operation] = operations
  return { values: operation && 'values' in operation ? operation.values : operation, codes }
}

describe('when a profile was last seen (ENG-26, ENG-27)', () => {
  it.each<[Json, string]>([
    [AT_ONCE, '2026-01-01T10:20:30'],
    [AT_ONCE / 1_000, '2026-01-01T10:20:30'],
    [Math.floor(AT_ONCE / 1_000), '2026-01-01T10:20:30'],
    [String(AT_ONCE), '2026-01-01T10:20:30'],
    [String(AT_ONCE / 1_000), '2026-01-01T10:20:30'],
    [1.7e12, '2023-11-14T22:13:20'],
    [0, '1970-01-01T00:00:00'],
    [-1, '1969-12-31T23:59:59'],
    ['2026-01-01', '2026-01-01T00:00:00'],
    ['2026-01-01T10:20:30', '2026-01-01T10:20:30'],
    ['2026-01-01 10:20:30', '2026-01-01T10:20:30'],
    ['2026-01-01T10:20', '2026-01-01T10:20:00'],
    ['2026-01-01T10:20:30.999', '2026-01-01T10:20:30'],
    ['2026-01-01T10:20:30.123456', '2026-01-01T10:20:30'],
    ['2026-01-01T10:20:30Z', '2026-01-01T10:20:30'],
    ['2026-01-01T10:20:30+02:00', '2026-01-01T08:20:30'],
    ['2026-01-01T10:20:30+0200', '2026-01-01T08:20:30'],
    ['2026-01-01T10:20:30-05:30', '2026-01-01T15:50:30'],
    ['2024-02-29', '2024-02-29T00:00:00'],
  ])('$time %j is %s', ($time, lastSeen) => {
    expect(judge({ $time, $set: { a: 1 } })).toMatchObject({ lastSeen, codes: [] })
  })

  it.each<Json>([
    '',
    'now',
    true,
    {},
    [],
    [1],
    'NaN',
    '2026-13-01',
    '2026-02-30',
    '2026-02-29T10:00:00',
    '2026-01-01T25:00:00',
    '2026-01-01 (noon)',
    '2026-01-01Tnoon',
    '01/02/2026',
    '2026-1-1',
    'x\u0000y',
  ])('$time %j is none: that of receipt counts, and it is told', ($time) => {
    expect(judge({ $time, $set: { a: 1 } })).toMatchObject({ lastSeen: NOW, codes: ['profile.bad_time'] })
  })

  it.each<[string, Json]>([
    ['an object that shadows toString', { toString: 1, valueOf: 2 }],
    ['a list of any depth', JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))],
  ])('$time as %s is none', (_title, $time) => {
    expect(judge({ $time, $set: { a: 1 } })).toMatchObject({ lastSeen: NOW, codes: ['profile.bad_time'] })
  })

  it.each<JsonObject>([{}, { $time: null }])('is the time of receipt with %j', (own) => {
    expect(judge({ ...own, $set: { a: 1 } })).toMatchObject({ lastSeen: NOW, codes: [] })
  })

  it.each<Json>([true, 1, 'true', '1'])('stays as it is with $ignore_time %j', ($ignore_time) => {
    expect(judge({ $ignore_time, $time: 5, $set: { a: 1 } })).toMatchObject({
      lastSeen: undefined,
      codes: [],
    })
  })

  it.each<Json>([false, 0, 'false', '', null, 'yes', 2, {}, [true]])('does not with %j', ($ignore_time) => {
    expect(judge({ $ignore_time, $set: { a: 1 } }).lastSeen).toBe(NOW)
  })

  it.each(['$set', '$set_once'])('is what %s says, and it is told', (name) => {
    const own = judge({ [name]: { $last_seen: '2020-01-01T00:00:00', a: 1 } })
    expect(own).toMatchObject({ lastSeen: undefined, codes: ['profile.last_seen_set'] })
    expect(own.operations).toMatchObject([
      {
        values: [
          ['$last_seen', '2020-01-01T00:00:00'],
          ['a', 1],
        ],
      },
    ])
  })
})

describe('$ignore_alias (ENG-08)', () => {
  it.each<[Json, boolean]>([
    [true, true],
    ['true', true],
    [1, true],
    ['1', true],
    [false, false],
    ['false', false],
    [0, false],
    [null, false],
    ['', false],
    [{}, false],
  ])('%j is %s', ($ignore_alias, ignoresAlias) => {
    expect(judge({ $ignore_alias, $set: { a: 1 } }).ignoresAlias).toBe(ignoresAlias)
  })
})

describe('an id that is not kept as it was sent (PRP-10, DEC-07)', () => {
  const long = 'x'.repeat(256)
  it.each<[string, JsonObject, readonly object[]]>([
    ['of a user', { $distinct_id: long }, [{ property: '$distinct_id', length: 256, limit: 255 }]],
    [
      'of a group',
      { $group_key: long, $group_id: 'c\u0000' },
      [
        { property: '$group_key', length: 256, limit: 255 },
        {
          property: '$group_id',
          what: 'U+0000 or text that is not UTF-8',
          effect: 'stored with U+FFFD in its place',
        },
      ],
    ],
    ['but not one of 255', { $distinct_id: 'x'.repeat(255) }, []],
    ['nor a number', { $distinct_id: 13_793 }, []],
  ])('is told: %s', (_title, ids, expected) => {
    const { findings } = judge({ ...ids, $set: { a: 1 } })
    const told = findings.filter(({ code }) => code.startsWith('value.')).map(({ values }) => values)
    expect(told).toEqual(expected)
  })
})

describe('where a profile is (ENG-24)', () => {
  const NONE = { $unset: [], $set: {} }
  const placeOf = (own: JsonObject) => {
    const { operations } = judge({ $set: { a: 1 }, ...own })
    const [unset, set] = operations
    if (operations.length === 1) return NONE
    return {
      $unset: unset?.kind === '$unset' ? unset.names : unset,
      $set: set !== undefined && 'values' in set ? Object.fromEntries(set.values) : set,
    }
  }
  const oslo = { $city: 'Oslo', $region: 'Oslo', $country_code: 'NO', $timezone: 'Europe/Oslo' }

  it('is all that is known of it, and nothing that was said of another', () => {
    expect(placeOf({ $ip: '192.0.2.7' })).toEqual({ $unset: ['$geo_source'], $set: oslo })
    expect(placeOf({ $latitude: 59.9, $longitude: 10.75 })).toEqual({
      $unset: [],
      $set: { ...oslo, $geo_source: 'reverse_geocoding' },
    })
    const own = judge({ $ip: '192.0.2.7', $set: { $city: 'Bergen' }, $set_once: { $geo_source: 'own' } })
    expect(own.operations.map(({ kind }) => kind)).toEqual(['$unset', '$set', '$set', '$set_once'])
    expect(own.operations[0]).toEqual({ kind: '$unset', names: [] })
  })

  it('is a country only where no more is known: no city of another stays', () => {
    const locator = { ofAddress: () => ({ countryCode: 'NO' }), ofPoint: () => undefined }
    const geo = { locator, requestIp: '192.0.2.7', usesRequestIp: true }
    const { operations } = judge({ $set: { a: 1 } }, aContext(aProject(), { geo }))
    expect(operations).toEqual([
      { kind: '$unset', names: ['$city', '$region', '$timezone', '$geo_source'] },
      { kind: '$set', values: [['$country_code', 'NO']], isQuiet: true },
      { kind: '$set', values: [['a', 1]] },
    ])
  })

  it.each<JsonObject>([{ $ip: 0 }, { $ip: '0' }, { $ip: '10.0.0.1' }, {}])(
    'is left as it is with %j',
    (own) => {
      expect(placeOf(own)).toEqual(NONE)
    },
  )

  it('comes after a $delete, and before all that the record says', () => {
    const own = judge({ $ip: '192.0.2.7', $delete: '', $set_once: { a: 1 }, $unset: ['$region'] })
    expect(own.operations.map(({ kind }) => kind)).toEqual([
      '$delete',
      '$unset',
      '$set',
      '$set_once',
      '$unset',
    ])
  })
})

describe('the values of operations', () => {
  it('ids and the token are no properties of a profile; reserved names are as any other (ENG-28)', () => {
    const reserved = { $name: 'C', $email: '', $created: '2026-01-01T00:00:00', $avatar: null, $phone: '+1' }
    const values = { ...reserved, $distinct_id: 'x', $token: 'x', distinct_id: 'y', token: 'z' }
    for (const name of ['$set', '$set_once']) {
      const own = valuesOf({ [name]: values })
      expect(own).toEqual({
        values: Object.entries({ ...reserved, distinct_id: 'y', token: 'z' }),
        codes: ['record.field_misplaced'],
      })
    }
  })

  it('the names of groups are as any other on a user (ENG-28)', () => {
    const names = { $group_key: 'company', $group_id: 'c1' }
    expect(valuesOf({ $set: names })).toEqual({ values: Object.entries(names), codes: [] })
  })

  it('ids of the identity systems are properties as any other (ENG-31)', () => {
    const ids = { $device_id: 'D1', $user_id: 'U1', $anon_id: 'A1' }
    expect(valuesOf({ $set: ids })).toEqual({ values: Object.entries(ids), codes: [] })
  })

  it.each<[string, Json]>([
    ['a text', 'x'],
    ['the empty text', ''],
    ['a number', -1.5e300],
    ['a truth', false],
    ['nothing', null],
    ['a date', '2026-02-28T23:59:59'],
    ['a list', [1, 'two', null, []]],
    ['an object', { a: { b: 1 } }],
    ['a list of objects', [{ sku: 'a', n: 1 }, { sku: 'b' }]],
  ])('%s stays as it is (ENG-30)', (_title, value) => {
    expect(valuesOf({ $set: { p: value } })).toEqual({ values: [['p', value]], codes: [] })
  })

  it('names and texts are cut to 255 characters, in lists and in objects too (ENG-29, PRP-10, PRP-11)', () => {
    const [long, cut] = ['é'.repeat(256), 'é'.repeat(255)]
    const codes = ['value.truncated']
    expect(valuesOf({ $set: { [long]: 1 } })).toEqual({ values: [[cut, 1]], codes })
    for (const name of ['$set', '$set_once', '$append', '$union', '$remove']) {
      expect(valuesOf({ [name]: { p: long } })).toEqual({ values: [['p', cut]], codes })
    }
    const own = valuesOf({ $set: { p: [long, { [long]: long }] } })
    expect(own).toEqual({ values: [['p', [cut, { [cut]: cut }]]], codes })
    expect(valuesOf({ $set: { p: cut } })).toEqual({ values: [['p', cut]], codes: [] })
    expect(judge({ $unset: [long] }).operations).toEqual([{ kind: '$unset', names: [cut] }])
  })

  it('counts bytes where the project does (PRP-10)', () => {
    const context = aContext(aProject({}, { string_limit_unit: 'bytes' }))
    expect(valuesOf({ $set: { p: 'é'.repeat(200) } }, context).values).toEqual([['p', 'é'.repeat(127)]])
    const { operations } = judge({ $unset: ['é'.repeat(200)] }, context)
    expect(operations).toEqual([{ kind: '$unset', names: ['é'.repeat(127)] }])
  })

  it('what Postgres cannot hold is replaced, in names too (DEC-07)', () => {
    const own = valuesOf({ $set: { 'a\u0000': 'b\u0000c\ud800' } })
    expect(own).toEqual({ values: [['a\uFFFD', 'b\uFFFDc\uFFFD']], codes: ['value.not_storable'] })
    expect(judge({ $unset: ['a\u0000'] }).operations).toEqual([{ kind: '$unset', names: ['a\uFFFD'] }])
  })

  it.each(['$set', '$set_once', '$add'])('a number beyond a double is left out of %s (DEC-07)', (name) => {
    const own = valuesOf({ [name]: JSON.parse('{"a":1e999,"b":1}') })
    expect(own).toEqual({ values: [['b', 1]], codes: ['value.not_storable'] })
  })

  it('what is too deep or too many is cut (PRP-13, PRP-14)', () => {
    const codes = ['value.too_deep_or_large']
    const deep = { a: { b: { c: { d: 1 }, e: 2 } } }
    expect(valuesOf({ $set: { p: deep } })).toEqual({ values: [['p', { a: { b: { e: 2 } } }]], codes })
    const many = Array.from({ length: 256 }, (_, n) => n)
    expect(valuesOf({ $union: { p: many } })).toEqual({ values: [['p', many.slice(0, 255)]], codes })
    expect(valuesOf({ $set: { p: many.slice(0, 255) } }).codes).toEqual([])
  })

  it('an element of a list is a level down, as it is within its list (PRP-13)', () => {
    const sent = { a: { b: { c: 1 }, d: 2 } }
    const cut = { a: { d: 2 } }
    const codes = ['value.too_deep_or_large']
    expect(valuesOf({ $set: { p: [sent] } })).toEqual({ values: [['p', [cut]]], codes })
    for (const name of ['$append', '$remove', '$union']) {
      expect(valuesOf({ [name]: { p: sent } })).toEqual({ values: [['p', cut]], codes })
    }
    expect(valuesOf({ $union: { p: [sent] } })).toEqual({ values: [['p', [cut]]], codes })
    expect(valuesOf({ $append: { p: [[1], [[2]]] } }).values).toEqual([['p', [[1], []]]])
    expect(valuesOf({ $append: JSON.parse('{"p":1e999,"q":1}') })).toEqual({
      values: [['q', 1]],
      codes: ['value.not_storable'],
    })
  })

  it('tells the limit of profiles, not that of events (PRP-13, PRP-15)', () => {
    const { findings } = judge({ $set: { p: { a: { b: { c: {} } } } } })
    const values = { property: 'p', what: ' (nested deeper)', limit: '256 KB', effect: 'was cut' }
    expect(findings).toEqual([{ code: 'value.too_deep_or_large', values }])
  })

  it('a list or an object has at most 256 KB: one of more is left out (PRP-15)', () => {
    // Rows of a kilobyte, and one that fills the rest to the byte.
    const text = (bytes: number) => 'é'.repeat(Math.floor((bytes - 2) / 2)) + (bytes % 2 === 0 ? '' : 'x')
    const rows = (bytes: number) => {
      const row = Array.from({ length: 3 }, () => text(500))
      const list: Json[] = Array.from({ length: 170 }, () => row)
      const left = () => bytes - Buffer.byteLength(JSON.stringify(list)) - 1
      while (left() > 500) list.push(text(400))
      return [...list, text(left())]
    }
    expect(Buffer.byteLength(JSON.stringify(rows(262_144)))).toBe(262_144)
    expect(valuesOf({ $set: { p: rows(262_144) } }).codes).toEqual([])
    const own = valuesOf({ $set: { p: rows(262_145), q: 1 } })
    expect(own).toEqual({ values: [['q', 1]], codes: ['value.too_deep_or_large'] })
  })

  it('names that JavaScript knows are names (GEN-03)', () => {
    const sent = JSON.parse('{"__proto__":1,"constructor":2,"toString":3}')
    expect(valuesOf({ $set: sent }).values).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ])
  })

  it('tells of a list that is appended as one element (ENG-15)', () => {
    expect(valuesOf({ $append: { p: [1, 2] } })).toEqual({
      values: [['p', [1, 2]]],
      codes: ['profile.nested_append_array'],
    })
    expect(valuesOf({ $append: { p: { a: [1] } } }).codes).toEqual([])
    expect(valuesOf({ $union: { p: [1, 2] } }).codes).toEqual([])
  })

  it('an empty list is an empty object (ENG-03)', () => {
    expect(valuesOf({ $set: [] })).toEqual({ values: [], codes: [] })
  })

  it('one text is one name, and what is no text is no name (ENG-18)', () => {
    const one = judge({ $unset: 'plan' })
    expect(one.operations).toEqual([{ kind: '$unset', names: ['plan'] }])
    expect(one.codes).toEqual(['profile.unset_not_array'])
    const many = judge({ $unset: ['a', 1, null, ['b'], { c: 1 }, '__proto__'] })
    expect([many.operations, many.codes]).toEqual([[{ kind: '$unset', names: ['a', '__proto__'] }], []])
  })

  it('tells of several operations, in their order (ENG-21)', () => {
    const { findings } = judge({ $unset: [], $set: {}, $delete: '' })
    const values = { operations: '$delete, $set, $unset' }
    expect(findings).toEqual([{ code: 'profile.multiple_operations', values }])
  })
})

describe('groups', () => {
  const group = (own: JsonObject) => ({ $group_key: 'company', $group_id: 7, ...own })
  const declared = aContext(aProject({}, { group_keys: ['company'] }))

  it('have operations as users have (GRP-03, GRP-05)', () => {
    const all = {
      $delete: '',
      $set: { a: 1 },
      $set_once: { b: 1 },
      $union: { l: 1 },
      $remove: { l: 1 },
      $unset: [],
    }
    const own = judge(group(all), declared)
    expect(own.operations.map(({ kind }) => kind)).toEqual(Object.keys(all))
    expect([own.groupKey, own.id, own.codes]).toEqual(['company', '7', ['profile.multiple_operations']])
  })

  it.each(['$add', '$append'])('have no %s (GRP-04)', (name) => {
    const own = judge(group({ [name]: { a: 1 } }), declared)
    expect([own.operations, own.codes]).toEqual([[], ['group.operation_unsupported']])
    const beside = judge(group({ [name]: { a: 1 }, $set: { b: 1 } }), declared)
    expect(beside.operations).toEqual([{ kind: '$set', values: [['b', 1]] }])
    expect(beside.codes).toEqual(['group.operation_unsupported'])
  })

  it('tell of a key that is not declared (GRP-06)', () => {
    expect(judge(group({ $set: { a: 1 } })).codes).toEqual(['group.key_undeclared'])
  })

  it('keep neither their key nor their id as properties (GRP-02)', () => {
    const sent = { $group_key: 'x', $group_id: 'y', company: 'z' }
    expect(valuesOf(group({ $set: sent }), declared).values).toEqual([['company', 'z']])
  })
})
