import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../../src/core/json.ts'
import { judgeProfileRecord } from '../../../../src/core/judge/profile.ts'
import { judgeTrackRecord } from '../../../../src/core/judge/track.ts'
import { validateEngageRecord, validateGroupRecord } from '../../../../src/core/validate/profile.ts'
import { validateTrackRecord } from '../../../../src/core/validate/track.ts'
import type { Finding } from '../../../../src/core/verdict/finding.ts'
import { aContext, aProject } from '../../build.ts'

const CODES = ['record.field_misplaced', 'profile.operation_unknown', 'geo.address_unusable']

/** What is said of the places of fields. */
function saidOf(findings: readonly Finding[]) {
  return findings
    .filter(({ code }) => CODES.includes(code))
    .map(({ values }) => [values['fields'] ?? values['operation'] ?? values['field'], values['send']])
}

function ofEvent(properties: JsonObject, beside: JsonObject) {
  const valid = validateTrackRecord({ event: 'E', properties: { token: 'TOK', ...properties }, ...beside })
  if (!valid.ok) throw new Error(valid.error)
  return saidOf(judgeTrackRecord(valid.value, aContext()).findings)
}

function ofProfile(own: JsonObject) {
  const valid = validateEngageRecord({ $token: 'TOK', $distinct_id: 'u', ...own })
  if (!valid.ok) throw new Error(valid.error.error)
  return saidOf(judgeProfileRecord(valid.value, aContext()).findings)
}

describe('fields beside the properties of an event', () => {
  it.each<[JsonObject, string, string]>([
    [{ time: 1 }, 'time', 'properties.time'],
    [{ timestamp: 'x' }, 'timestamp', 'properties.time'],
    [{ ip: '8.8.8.8' }, 'ip', 'properties.ip'],
    [{ distinct_id: 'v' }, 'distinct_id', 'properties.distinct_id'],
    [{ $insert_id: 'x', messageId: 'x' }, '$insert_id, messageId', 'properties.$insert_id'],
    [
      { $device_id: 'd', $user_id: 'v' },
      '$device_id, $user_id',
      'properties.$device_id, properties.$user_id',
    ],
    [{ userId: 'v' }, 'userId', 'properties.$user_id'],
    [{ plan: 'pro', price: 5 }, 'plan, price', 'properties.plan, properties.price'],
  ])('are named: %j (DIA-93)', (beside, fields, send) => {
    expect(ofEvent({}, beside)).toEqual([[fields, send]])
  })

  it.each<[JsonObject, JsonObject]>([
    [{ distinct_id: 'u' }, { distinct_id: 'u' }],
    [{ distinct_id: 'u' }, { userId: 'u' }],
    [
      { time: 1_787_227_000, ip: '8.8.8.8' },
      { time: 1, ip: '10.0.0.1' },
    ],
    [{}, { id: 'x', $mp_metadata: {}, context: {}, type: 'track', time: null }],
  ])('are not named where they say nothing more: %j, %j (DIA-93)', (properties, beside) => {
    expect(ofEvent(properties, beside)).toEqual([])
  })

  it.each(['user_id', 'userId', 'DistinctId', 'user_pseudo_id'])(
    'an id of nobody else, as %s, is named (DIA-93)',
    (name) => {
      expect(ofEvent({ [name]: 'u' }, {})).toEqual([[name, 'properties.distinct_id']])
      expect(ofEvent({ [name]: 'u', distinct_id: 'u' }, {})).toEqual([])
      expect(ofEvent({ [name]: 'u', distinct_id: '' }, {})).toEqual([])
    },
  )

  it.each(['user_id', 'userId', 'uid'])('the user of a device, as %s, is named (DIA-93)', (name) => {
    expect(ofEvent({ $device_id: 'd', [name]: 'u' }, {})).toEqual([[name, 'properties.$user_id']])
    for (const known of ['$user_id', 'distinct_id']) {
      expect(ofEvent({ $device_id: 'd', [name]: 'u', [known]: 'u' }, {})).toEqual([])
    }
  })

  it.each<[JsonObject, string, string]>([
    [{ properties: { plan: 'pro' } }, 'properties', 'one object of properties'],
    [{ $set: { plan: 'pro' }, $set_once: {} }, '$set, $set_once', 'a profile update to /engage'],
  ])('a part of another record inside of properties is named: %j (DIA-93)', (own, fields, send) => {
    expect(ofEvent({ distinct_id: 'u', ...own }, {})).toEqual([[fields, send]])
  })

  it('an $insert_id that cannot be one is told (DIA-90)', () => {
    const valid = validateTrackRecord({
      event: 'E',
      properties: { token: 'TOK', distinct_id: 'u', $insert_id: { a: 1 } },
    })
    const { findings } = valid.ok ? judgeTrackRecord(valid.value, aContext()) : { findings: [] }
    expect(findings.map(({ code, values }) => [code, values['reason']])).toEqual([
      ['value.repaired', '$insert_id is an object'],
    ])
  })

  it('$ip among the properties is not read (DIA-93)', () => {
    expect(ofEvent({ $ip: '8.8.8.8' }, {})).toEqual([['$ip', 'properties.ip']])
    expect(ofEvent({ $ip: '8.8.8.8', ip: '8.8.8.8' }, {})).toEqual([])
  })
})

describe('fields of a profile update in the wrong place', () => {
  it.each<[JsonObject, readonly (readonly string[])[]]>([
    [{ ip: '8.8.8.8', $set: {} }, [['ip', '$ip']]],
    [{ time: 1, ignore_time: true, $set: {} }, [['time, ignore_time', '$time, $ignore_time']]],
    [{ $set: { $ip: '8.8.8.8', $time: 1 } }, [['$ip, $time', '$ip, $time beside $set']]],
    [{ $set_once: { $ignore_time: true } }, [['$ignore_time', '$ignore_time beside $set_once']]],
    [{ $set: { $token: 'other' } }, [['$token', '$token beside $set']]],
    [{ $set: { $token: 'TOK', $distinct_id: 'u', a: 1 } }, []],
    [{ ip: 'x', $ip: '8.8.8.8', $set: {} }, []],
    [{ $ip: 'unknown', $set: {} }, [['$ip', expect.stringContaining('public address')]]],
    [{ $user_id: 'u', $device_id: 'd', $mp_metadata: {}, $set: {} }, []],
  ])('are named: %j (DIA-93)', (own, said) => {
    expect(ofProfile(own)).toEqual(said)
  })

  it.each<[JsonObject, string, string]>([
    [{ $increment: { n: 1 } }, '$increment', 'Use $add'],
    [{ Set: { n: 1 } }, 'Set', 'Use $set'],
    [{ $whatever: [1] }, '$whatever', 'Use one of'],
  ])('an operation that does not exist, beside one that does: %j (DIA-94)', (own, operation, send) => {
    expect(ofProfile({ $set: { a: 1 }, ...own })).toEqual([[operation, expect.stringContaining(send)]])
  })

  it('a group is told too (DIA-93, DIA-94)', () => {
    const valid = validateGroupRecord({
      $token: 'TOK',
      $group_key: 'k',
      $group_id: 'g',
      $set: { $group_id: 'h' },
      $increment: { n: 1 },
    })
    const context = aContext(aProject({}, { group_keys: ['k'] }))
    const { findings } = valid.ok ? judgeProfileRecord(valid.value, context) : { findings: [] }
    expect(saidOf(findings).map(([what]) => what)).toEqual(['$group_id', '$increment'])
  })

  it('a placeholder as the id of a profile is told (DIA-07)', () => {
    for (const $distinct_id of ['undefined', true]) {
      const valid = validateEngageRecord({ $token: 'TOK', $distinct_id, $set: {} })
      const { findings } = valid.ok ? judgeProfileRecord(valid.value, aContext()) : { findings: [] }
      expect(findings.map(({ code }) => code)).toEqual(['identity.disallowed_id'])
    }
  })
})
