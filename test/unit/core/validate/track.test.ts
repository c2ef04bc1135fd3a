import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { readTime, validateTrackRecord } from '../../../../src/core/validate/track.ts'

const errorOf = (record: Json | undefined): string | undefined => {
  const result = validateTrackRecord(record ?? null)
  return result.ok ? undefined : result.error
}
const withProperties = (own: JsonObject): Json => ({ event: 'E', properties: { token: 'TOK', ...own } })

describe('validateTrackRecord', () => {
  // Each record breaks its own row and all that follow, so that the order shows.
  it.each<[string, string, Json]>([
    ['a', 'data, missing or empty', null],
    ['a', 'data, missing or empty', 'text'],
    ['a', 'data, missing or empty', 7],
    ['a', 'data, missing or empty', []],
    ['a', 'data, missing or empty', [{ event: 'E' }]],
    ['a', 'data, missing or empty', {}],
    ['b', 'event, missing', { properties: 1 }],
    ['b', 'event, missing', JSON.parse('{"__proto__":{"event":"E"},"properties":1}')],
    ['c', 'event, missing or empty', { event: '', properties: 1 }],
    ['c', 'event, missing or empty', { event: ' \t\n', properties: 1 }],
    ['c', 'event, missing or empty', { event: null, properties: 1 }],
    ['c', 'event, missing or empty', { event: 7, properties: 1 }],
    ['c', 'event, missing or empty', { event: ['E'], properties: 1 }],
    ['d', 'properties, missing or empty', { event: '$identify' }],
    ['d', 'properties, missing or empty', { event: '$identify', properties: null }],
    ['d', 'properties, missing or empty', { event: '$identify', properties: [{ token: 'TOK' }] }],
    ['d', 'properties, missing or empty', { event: '$identify', properties: 'token=TOK' }],
    ['e', 'token, missing or empty', { event: '$identify', properties: { time: 'x' } }],
    ['e', 'token, missing or empty', { event: '$identify', properties: { token: '', time: 'x' } }],
    ['e', 'token, missing or empty', { event: '$identify', properties: { token: '  ', time: 'x' } }],
    ['e', 'token, missing or empty', { event: '$identify', properties: { token: 7, time: 'x' } }],
    ['e', 'token, missing or empty', { event: '$merge', properties: { token: null, time: 'x' } }],
    ['f', 'distinct_id, missing or empty', { event: '$identify', properties: { token: 'TOK', time: 'x' } }],
    [
      'f',
      'distinct_id, missing or empty',
      { event: '$create_alias', properties: { token: 'TOK', time: 'x' } },
    ],
    [
      'f',
      'distinct_id, missing or empty',
      { event: '$create_alias', properties: { token: 'TOK', distinct_id: '', $identified_id: 'U' } },
    ],
    ['g', 'time, invalid', withProperties({ time: 'yesterday' })],
    ['g', 'time, invalid', withProperties({ time: '2026-01-01' })],
    ['g', 'time, invalid', withProperties({ time: true })],
    ['g', 'time, invalid', withProperties({ time: {} })],
    ['g', 'time, invalid', withProperties({ time: '' })],
    ['g', 'time, invalid', withProperties({ time: JSON.parse('1e400') })],
  ])('fault %s: "%s" for %j (TRK-18)', (_row, error, record) => {
    expect(errorOf(record)).toBe(error)
  })

  it.each([{}, { time: 'x' }, { distinct_id: 'U', $distinct_ids: ['a', 'b'] }])(
    '$merge is for /import only, whatever its properties: %j (TRK-38)',
    (own) => {
      expect(errorOf({ event: '$merge', properties: { token: 'TOK', ...own } })).toBe(
        '$merge is only accepted by /import',
      )
    },
  )

  it.each<[string, Json]>([
    ['an event with a token alone', withProperties({})],
    ['$identify with a distinct_id', { event: '$identify', properties: { token: 'TOK', distinct_id: 'U' } }],
    [
      '$identify with an $identified_id',
      { event: '$identify', properties: { token: 'TOK', $identified_id: 'U' } },
    ],
    [
      '$create_alias with a distinct_id',
      { event: '$create_alias', properties: { token: 'TOK', distinct_id: 'U' } },
    ],
    [
      '$create_alias with a $distinct_id',
      { event: '$create_alias', properties: { token: 'TOK', $distinct_id: 'U' } },
    ],
    ['an event without properties of its own', { event: ' E ', properties: { token: ' TOK ' } }],
    ['further keys beside the two', { event: 'E', properties: { token: 'TOK' }, id: 7, $mp_metadata: {} }],
  ])('passes %s (TRK-18)', (_name, record) => {
    expect(errorOf(record)).toBeUndefined()
  })

  it('what else a record holds stays outside its properties (TRK-43)', () => {
    const record = { event: 'E', properties: { token: 'TOK' }, id: 7 }
    expect(validateTrackRecord(record)).toEqual({
      ok: true,
      value: { event: 'E', properties: { token: 'TOK' }, token: 'TOK', timeMs: undefined, record },
    })
  })

  it.each<[JsonObject, number | undefined]>([
    [{}, undefined],
    [{ time: null }, undefined],
    [{ time: 1_618_716_477 }, 1_618_716_477_000],
    [{ time: '1618716477123' }, 1_618_716_477_123],
    [{ time: 0 }, 0],
    [{ $time: 1_618_716_477 }, 1_618_716_477_000],
    [{ time: null, $time: 1_618_716_477 }, 1_618_716_477_000],
    [{ time: 7, $time: 1_618_716_477 }, 7_000],
    [{ $time: 'a date' }, undefined],
  ])('reads the time of %j (TRK-30)', (own, timeMs) => {
    const result = validateTrackRecord(withProperties(own))
    expect(result.ok && result.value.timeMs).toBe(timeMs)
  })
})

describe('readTime', () => {
  it.each<[JsonObject, Json | undefined]>([
    [{ time: 'x', $time: 1 }, 'x'],
    [{ $time: 1 }, 1],
    [{ $time: 'x' }, undefined],
    [{}, undefined],
  ])('of %j is %j (PRP-03)', (properties, expected) => {
    expect(readTime(properties)).toBe(expected)
  })
})
