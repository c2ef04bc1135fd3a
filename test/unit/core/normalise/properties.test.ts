import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { toStoredProperties } from '../../../../src/core/normalise/properties.ts'
import { countProperties } from '../../../../src/core/normalise/reserved.ts'
import { codesOf } from '../../build.ts'
import { numbered } from './json-arbitraries.ts'

const list = (count: number, item: Json = 1): Json => Array.from({ length: count }, () => item)
/** A list of 41 texts whose JSON has exactly so many bytes. */
function listOfBytes(bytes: number, letter = 'x'): readonly string[] {
  const perText = Math.floor((bytes - 1) / 41) - 3
  const extra = (bytes - 1) % 41
  return Array.from({ length: 41 }, (_, index) => {
    const length = perText + (index === 0 ? extra : 0)
    const letterBytes = Buffer.byteLength(letter)
    return letter.repeat(Math.floor(length / letterBytes)) + 'y'.repeat(length % letterBytes)
  })
}

function store(properties: JsonObject, replaced: Record<string, Json | undefined> = {}) {
  const { json, findings } = toStoredProperties(properties, replaced, 'chars')
  return { stored: JSON.parse(json) as JsonObject, findings, codes: codesOf(findings) }
}

describe('toStoredProperties: what is stored as sent', () => {
  it.each<[string, Json]>([
    ['a text', 'x'],
    ['an empty text (PRP-07)', ''],
    ['null (PRP-06)', null],
    ['true', true],
    ['false', false],
    ['zero', 0],
    ['the largest double', Number.MAX_VALUE],
    ['an integer beyond 2^53 (PRP-08)', JSON.parse('9007199254740993')],
    ['a date (PRP-05)', '2026-01-01T00:00:00'],
    ['a list in its order (PRP-09)', [3, 1, 2, 1]],
    ['a list of objects (PRP-16)', [{ a: 1 }, { a: 2 }]],
    ['a text of 255 characters', 'x'.repeat(255)],
    ['a text of 255 emoji', '😀'.repeat(255)],
    ['a list of 255 elements', list(255)],
    ['an object of 255 keys', numbered(255, 1)],
    ['three levels', { a: { b: { c: 1 } } }],
    ['three levels of lists', [[[1]]]],
    ['a list of 8192 bytes', listOfBytes(8_192)],
    ['names that JavaScript knows', { constructor: 1, toString: 2, hasOwnProperty: 3 }],
  ])('keeps %s (PRP-05)', (_name, value) => {
    expect(store({ p: value })).toEqual({ stored: { p: value }, findings: [], codes: [] })
  })

  it('keeps 255 properties, beside those that are read on arrival (PRP-12)', () => {
    const consumed = { token: 'T', ip: '1', time: 1, distinct_id: 'd', $insert_id: 'i' }
    const own = numbered(255, 1)
    expect(store({ ...consumed, ...own })).toEqual({ stored: own, findings: [], codes: [] })
    expect(countProperties({ ...consumed, ...own })).toBe(255)
  })

  it('keeps a name of 255 characters (PRP-11)', () => {
    const own = { ['n'.repeat(255)]: 1, ['😀'.repeat(255)]: 2 }
    expect(store(own)).toEqual({ stored: own, findings: [], codes: [] })
  })

  it('keeps names apart that differ in case (GEN-03)', () => {
    expect(store({ Plan: 1, plan: 2, TOKEN: 3 }).stored).toEqual({ Plan: 1, plan: 2, TOKEN: 3 })
  })
})

describe('toStoredProperties: one past each limit', () => {
  it.each<[string, Json, Json | undefined, string]>([
    ['a text of 256 characters (PRP-10)', 'x'.repeat(256), 'x'.repeat(255), 'value.truncated'],
    ['a text of 256 emoji (PRP-10)', '😀'.repeat(256), '😀'.repeat(255), 'value.truncated'],
    ['a text in a list (PRP-10)', ['x'.repeat(256)], ['x'.repeat(255)], 'value.truncated'],
    [
      'a text three levels down (PRP-10)',
      [[{ a: 'x'.repeat(256) }]],
      [[{ a: 'x'.repeat(255) }]],
      'value.truncated',
    ],
    ['a name in an object (PRP-11)', { ['n'.repeat(256)]: 1 }, { ['n'.repeat(255)]: 1 }, 'value.truncated'],
    ['an object of 256 keys (PRP-13)', numbered(256, 1), numbered(255, 1), 'value.too_deep_or_large'],
    [
      'four levels (PRP-13)',
      { a: { b: { c: { d: 1 }, e: 2 } } },
      { a: { b: { e: 2 } } },
      'value.too_deep_or_large',
    ],
    ['five levels of lists (PRP-13)', [[[[[1]]], 2]], [[[], 2]], 'value.too_deep_or_large'],
    ['a list of 256 elements (PRP-14)', list(256), list(255), 'value.too_deep_or_large'],
    ['a list of 256 elements inside (PRP-14)', [list(256)], [list(255)], 'value.too_deep_or_large'],
    ['a list of 8193 bytes (PRP-15)', listOfBytes(8_193), undefined, 'value.too_deep_or_large'],
    [
      'an object of more than 8192 bytes (PRP-15)',
      { a: listOfBytes(8_187) },
      undefined,
      'value.too_deep_or_large',
    ],
    [
      'an object of 256 keys in a list (PRP-16)',
      [numbered(256, 1)],
      [numbered(255, 1)],
      'value.too_deep_or_large',
    ],
    ['a number beyond a double (DEC-07)', JSON.parse('1e400'), undefined, 'value.not_storable'],
    ['a number beyond a double in a list (DEC-07)', JSON.parse('[1,-1e400,2]'), [1, 2], 'value.not_storable'],
    ['a NUL (DEC-07)', 'a\u0000b', 'a\uFFFDb', 'value.not_storable'],
    ['a NUL in a name inside (DEC-07)', { 'a\u0000': 1 }, { 'a\uFFFD': 1 }, 'value.not_storable'],
    ['a lone surrogate (PRP-18)', 'a\uD800', 'a\uFFFD', 'value.not_storable'],
    ['what stands for a wrong byte, in a list (PRP-18)', ['\uDCFF'], ['\uFFFD'], 'value.not_storable'],
  ])('%s is cut and noted', (_name, value, expected, code) => {
    const { stored, findings } = store({ before: 1, p: value, after: 2 })
    expect(stored).toEqual({ before: 1, ...(expected !== undefined && { p: expected }), after: 2 })
    expect(findings.map((own) => [own.code, own.values['property']])).toEqual([[code, 'p']])
  })

  it.each<[Json, string]>([
    [[[[[1]]]], ' (nested deeper)'],
    [numbered(256, 1), ' (256 keys)'],
    [[list(300)], ' (300 elements)'],
    [listOfBytes(8_193), ' (8193 bytes)'],
  ])('the note tells which limit, and by how much (PRP-13, PRP-14, PRP-15)', (value, what) => {
    const values = { property: 'p', what, limit: '8 KB', effect: 'was cut' }
    expect(store({ p: value }).findings.map((own) => own.values)).toEqual([values])
  })

  it('counts bytes, not characters (PRP-15)', () => {
    expect(Buffer.byteLength(JSON.stringify(listOfBytes(8_192, 'é')))).toBe(8_192)
    expect(store({ p: listOfBytes(8_192, 'é') }).codes).toEqual([])
    expect(store({ p: listOfBytes(8_193, 'é') }).codes).toEqual(['value.too_deep_or_large'])
  })

  it('counts what is left after the other cuts (PRP-15)', () => {
    expect(store({ p: ['x'.repeat(20_000)] }).stored).toEqual({ p: ['x'.repeat(255)] })
  })

  it('of 256 properties the first 255 stay, and the note tells which go (PRP-12)', () => {
    const { stored, findings } = store(numbered(256, 1))
    expect(stored).toEqual(numbered(255, 1))
    expect(findings).toEqual([
      { code: 'value.too_many_properties', values: { count: 256, dropped: 1, names: 'p255' } },
    ])
  })

  it('of several properties that go, the note counts all and names the first (PRP-12)', () => {
    const values = { count: 300, dropped: 45, names: 'p255' }
    expect(store(numbered(300, 1)).findings).toEqual([{ code: 'value.too_many_properties', values }])
  })

  it('the ids that the server adds are not among those that go (PRP-12)', () => {
    const { stored } = store(numbered(300, 1), { $user_id: 'U1' })
    expect(stored).toEqual({ ...numbered(255, 1), $user_id: 'U1' })
  })

  it('a name of 256 characters is cut, and the note shows it in short (PRP-11)', () => {
    const { stored, findings } = store({ ['n'.repeat(256)]: 1 })
    expect(stored).toEqual({ ['n'.repeat(255)]: 1 })
    expect(findings).toEqual([
      { code: 'value.truncated', values: { property: 'n'.repeat(255), length: 256, limit: 255 } },
    ])
  })

  it('the note tells how long the text was (PRP-10)', () => {
    expect(store({ p: '😀'.repeat(300) }).findings).toEqual([
      { code: 'value.truncated', values: { property: 'p', length: 300, limit: 255 } },
    ])
  })

  it('each of several properties that were cut is named (VRD-01)', () => {
    const long = 'x'.repeat(300)
    const { findings } = store({ a: long, b: [long, long], c: [list(300)], d: numbered(300, 1) })
    expect(findings.map((own) => [own.code, own.values['property']])).toEqual([
      ['value.truncated', 'a'],
      ['value.truncated', 'b'],
      ['value.too_deep_or_large', 'c'],
      ['value.too_deep_or_large', 'd'],
    ])
  })

  it('each kind of cut in one property is named (VRD-01)', () => {
    const { codes } = store({ p: ['x'.repeat(300), [[[1]]], 'a\u0000', 'x'.repeat(300)] })
    expect(codes).toEqual(['value.truncated', 'value.too_deep_or_large', 'value.not_storable'])
  })

  it('a list of long texts is noted once, not once per text (VRD-01)', () => {
    expect(store({ p: list(20, 'x'.repeat(300)) }).codes).toEqual(['value.truncated'])
  })
})

describe('toStoredProperties: names with a meaning', () => {
  it.each([
    ['token', 'ip', 'time', 'distinct_id', '$insert_id'],
    ['$mp_api_endpoint', '$mp_api_timestamp_ms', 'mp_processing_time_ms', '$mp_event_size', '$import'],
    ['$distinct_id_before_identity', '$is_reshuffled', '$preshuffle_distinct_id'],
    ['$failure_reason', '$failure_description', '$identity_failure_reason'],
    ['mp_original_distinct_id', 'mp_original_event_name'],
  ])('does not store a client’s %s and its like (PRP-02)', (...names) => {
    const sent = Object.fromEntries(names.map((name) => [name, 'x']))
    expect(store({ ...sent, p: 1 })).toEqual({ stored: { p: 1 }, findings: [], codes: [] })
  })

  it.each([
    '$device_id',
    '$user_id',
    '$identified_id',
    '$anon_id',
    'alias',
    '$distinct_ids',
    '$latitude',
    '$city',
  ])('stores %s as sent where nothing replaces it (PRP-01)', (name) => {
    expect(store({ [name]: 'x' }).stored).toEqual({ [name]: 'x' })
  })

  it.each(['bucket', '$bucket'])('stores %s, and notes what it does (PRP-04)', (name) => {
    expect(store({ [name]: 'x' })).toEqual({
      stored: { [name]: 'x' },
      codes: ['value.reserved_bucket'],
      findings: [{ code: 'value.reserved_bucket', values: { property: name } }],
    })
  })

  it.each([
    ['at the top', '{"__proto__":{"polluted":true},"p":1}'],
    ['inside', '{"p":{"__proto__":{"polluted":true}}}'],
    ['in a list', '{"p":[{"__proto__":"x"}]}'],
    ['as the only one', '{"__proto__":null}'],
  ])('stores the name __proto__ %s like any other (DEC-07)', (_name, text) => {
    expect(toStoredProperties(JSON.parse(text) as JsonObject, {}, 'chars').json).toBe(text)
    expect(({} as JsonObject)['polluted']).toBeUndefined()
  })

  it.each<[string, JsonObject, Record<string, Json | undefined>, JsonObject]>([
    ['adds', { p: 1 }, { $user_id: 'U1' }, { p: 1, $user_id: 'U1' }],
    ['puts in place', { $user_id: 7, p: 1 }, { $user_id: '7' }, { $user_id: '7', p: 1 }],
    ['removes', { $user_id: null, p: 1 }, { $user_id: undefined }, { p: 1 }],
    ['leaves alone', { $user_id: null }, {}, { $user_id: null }],
  ])('%s the ids, by the short way and the long (IDS-01)', (_name, properties, replaced, expected) => {
    expect(store(properties, replaced).stored).toEqual(expected)
    expect(store({ ...properties, bucket: 1 }, replaced).stored).toEqual({ ...expected, bucket: 1 })
  })
})

describe('toStoredProperties: the size as sent', () => {
  it.each<[string, JsonObject, Record<string, Json | undefined>]>([
    ['of plain properties', { token: 'TOK', distinct_id: 'u', time: 1_618_716_477.123, p: 'é', q: [1] }, {}],
    ['with an id that is added', { token: 'TOK', distinct_id: 'u', p: 1 }, { $user_id: 'u' }],
    ['of cut properties', { token: 'TOK', p: 'x'.repeat(300) }, {}],
    [
      'of an id that is removed',
      { token: 'TOK', distinct_id: '$device:D', $user_id: null },
      { $user_id: undefined },
    ],
    ['of an id that is replaced', { token: 'TOK', $device_id: '$device:D1', p: 1 }, { $device_id: 'D1' }],
    ['of properties none of which is stored', { token: 'TOK' }, {}],
    ['of an id with escapes', { token: 'TOK', distinct_id: 'a"b\\c\n', p: 1 }, {}],
    ['of nothing', {}, {}],
  ])('is that of the compact JSON %s (TRK-36)', (_name, properties, replaced) => {
    const { sentBytes } = toStoredProperties(properties, replaced, 'chars')
    expect(sentBytes).toBe(Buffer.byteLength(JSON.stringify(properties)))
  })
})
