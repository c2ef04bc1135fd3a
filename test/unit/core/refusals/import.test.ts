import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../../src/core/json.ts'
import { judgeImportRecord } from '../../../../src/core/judge/import.ts'
import { aContext, aProject, NOW_MS, NOW_S } from '../../build.ts'

const GOOD: JsonObject = { time: NOW_S - 60, distinct_id: 'u', $insert_id: 'i-1' }
const event = (own: JsonObject, beside: JsonObject = {}) => ({
  event: 'E',
  properties: { ...GOOD, ...own },
  ...beside,
})
const without = (name: string, own: JsonObject = {}, beside: JsonObject = {}) => ({
  event: 'E',
  properties: { ...Object.fromEntries(Object.entries(GOOD).filter(([key]) => key !== name)), ...own },
  ...beside,
})

/** What is said of a record that a strict import refuses. */
function saidOf(record: Json, mode: 'simplified' | 'original' = 'simplified', settings: object = {}) {
  const project = { ...aProject({}, settings), idManagement: mode }
  const { kind, findings } = judgeImportRecord(record, true, aContext(project))
  const [first] = findings
  if (kind !== 'rejected') throw new Error(`the record was ${kind}`)
  return [first?.values['found'], first?.values['send']]
}

describe('a record that a strict import refuses', () => {
  it.each<[Json, string, string]>([
    ['text', 'it is a string', 'Send an object'],
    [{}, 'it has no event', 'Add event'],
    [{ $token: 'T', $distinct_id: 'u', $set: {} }, 'it is a profile update', '/engage'],
    [{ event: 'E', properties: '{"time":1}' }, 'properties is a string that contains JSON', 'as an object'],
    [event({ time: '2026-01-01T00:00:00Z' }), 'time is the date', 'Send it as a number: 1767225600'],
    [event({ time: NOW_MS * 1_000 }), 'reads as', 'It looks like microseconds: send 1787227200'],
    [without('time'), 'properties has no time; it has distinct_id, $insert_id', 'Add properties.time'],
    [without('time', { Timestamp: 1 }), 'the time is in properties, as Timestamp', 'properties.time'],
    [
      without('time', {}, { timestamp: 'x' }),
      'the time is at the top level, as timestamp',
      'properties.time',
    ],
    [without('time', { $time: '2026-01-01' }), '$time is the date "2026-01-01"', 'as a number: 1767225600'],
    [without('$insert_id'), 'properties has no $insert_id; it has time, distinct_id', 'a UUID'],
    [without('$insert_id', { insert_id: 'x' }), 'in properties, as insert_id', 'properties.$insert_id'],
    [
      without('$insert_id', {}, { messageId: 'x' }),
      'at the top level, as messageId',
      'properties.$insert_id',
    ],
    [event({ $insert_id: '' }), '$insert_id is ""', 'variable'],
    [event({ $insert_id: 'x'.repeat(40) }), '$insert_id has 40 bytes', 'at most 36 bytes'],
    [
      event({ $insert_id: '{8f1d0c3e-7f0d-4c7e-9a7b-1d2c3b4a5e6f}' }),
      'something around the UUID',
      'by itself: 8f1d0c3e-7f0d-4c7e-9a7b-1d2c3b4a5e6f',
    ],
    [event({ $insert_id: 'a_b:c d_' }), '"a_b:c d_" contains "_" ":" a space', 'letters, digits and hyphens'],
    [event({ $insert_id: 1.5 }), '"1.5" contains "."', 'letters, digits and hyphens'],
    [event({ $insert_id: { a: 1 } }), '$insert_id is an object', 'a string'],
    [event({ $insert_id: true }), '$insert_id is true', 'a string'],
    [event({ $insert_id: 'null' }), '$insert_id is "null", a placeholder', 'variable'],
    [event({ distinct_id: 'undefined' }), 'distinct_id is "undefined", a placeholder', 'or ""'],
    [event({ p: 'a\uD83D' }), 'properties.p contains half of a surrogate pair', 'UTF-8'],
    [event({ p: [['a\uD83D']] }), 'properties.p contains half of a surrogate pair', 'UTF-8'],
    [event({}, { event: 'a\uD83D' }), 'event contains half of a surrogate pair', 'UTF-8'],
    [event({ p: [[[[1]]]] }), 'properties.p is nested deeper than 3 levels', 'Flatten properties.p'],
    [event({ p: Array(300).fill(1) }), 'properties.p contains an object or list of more', '255 members'],
    [event(Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`p${at}`, 1]))), '300 members', '255'],
    [event({ p: 'x'.repeat(1_048_576) }), 'of them in properties.p', 'omit properties.p'],
  ])('%# is told what was found, and what to send: %s (DIA-86)', (record, found, send) => {
    const said = saidOf(record)
    expect(said[0]).toContain(found)
    expect(said[1]).toContain(send)
  })

  it.each<[JsonObject, string]>([
    [{ userId: 'u' }, 'the id is in properties, as userId, where it is not read'],
    [{}, 'properties has no distinct_id; it has time, $insert_id'],
  ])('on Original, of nobody: %j (DIA-86)', (own, found) => {
    expect(saidOf(without('distinct_id', own), 'original')[0]).toBe(found)
  })

  it.each<[Json, string]>([
    [['a'], '$distinct_ids is a list of 1'],
    [[1, 2], '$distinct_ids is a list of other values than strings'],
    ['a,b', '$distinct_ids is "a,b"'],
    [null, '$distinct_ids is null'],
  ])('on Original, a $merge of %j (DIA-86)', ($distinct_ids, found) => {
    expect(saidOf({ event: '$merge', properties: { $distinct_ids } }, 'original')[0]).toBe(found)
  })

  it('on Original, the ids of a $merge under another name are found (DIA-86)', () => {
    const [found, send] = saidOf({ event: '$merge', properties: { distinct_ids: ['a', 'b'] } }, 'original')
    expect(found).toBe('the list of ids is in properties, as distinct_ids, where it is not read')
    expect(send).toContain('properties.$distinct_ids')
  })

  it('of a project with a retention is told the setting (DIA-86)', () => {
    const said = saidOf(event({ time: NOW_S - 90 * 86_400 }), 'simplified', { retention_days: 30 })
    expect(said[1]).toContain('retention_days')
  })
})
