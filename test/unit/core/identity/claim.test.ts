import { describe, expect, it } from 'vitest'
import { identifiedIdOf, idsNamedBy, mergedIdsOf, readClaim } from '../../../../src/core/identity/claim.ts'
import { assignIds } from '../../../../src/core/identity/distinct-id.ts'
import type { Claim, IdManagement } from '../../../../src/core/identity/model.ts'
import type { Json, JsonObject } from '../../../../src/core/json.ts'

function claimOf(mode: IdManagement, event: string, sent: JsonObject): Claim | undefined {
  return readClaim(
    mode,
    event,
    sent,
    assignIds(mode, sent, () => ''),
  )
}

describe('mergedIdsOf', () => {
  it.each<readonly [string, Json, readonly [string, string] | undefined]>([
    ['two strings', ['U1', 'U2'], ['U1', 'U2']],
    ['the same twice', ['U1', 'U1'], ['U1', 'U1']],
    ['texts of any form', ['a b', 'é€😀'], ['a b', 'é€😀']],
    ['names that JavaScript knows', ['__proto__', 'constructor'], ['__proto__', 'constructor']],
    ['digits in quotes', ['1', '2'], ['1', '2']],
    ['too long ones, cut', ['u'.repeat(300), 'b'], ['u'.repeat(255), 'b']],
    ['what Postgres cannot hold, replaced', ['a\u0000', '\uD800'], ['a\uFFFD', '\uFFFD']],
    ['none', [], undefined],
    ['one', ['U1'], undefined],
    ['three', ['U1', 'U2', 'U3'], undefined],
    ['two numbers', [1, 2], undefined],
    ['a number', ['U1', 2], undefined],
    ['a boolean', [true, 'U2'], undefined],
    ['an empty text', ['U1', ''], undefined],
    ['null', [null, 'U2'], undefined],
    ['lists', [['U1'], ['U2']], undefined],
    ['a text', 'U1,U2', undefined],
    ['an object', { 0: 'U1', 1: 'U2', length: 2 }, undefined],
    ['nothing', null, undefined],
  ])('of %s (IDO-21)', (_name, sent, expected) => {
    expect(mergedIdsOf({ $distinct_ids: sent })).toEqual(expected)
  })

  it('of properties without ids (IDO-21)', () => {
    expect(mergedIdsOf({})).toBeUndefined()
  })
})

describe('identifiedIdOf', () => {
  it.each<readonly [JsonObject, string | undefined]>([
    [{ $identified_id: 'U1', distinct_id: 'x' }, 'U1'],
    [{ distinct_id: 'U1' }, 'U1'],
    [{ $distinct_id: 'U1' }, 'U1'],
    [{ $identified_id: '', distinct_id: 'U1' }, 'U1'],
    [{ $identified_id: null, distinct_id: 'U1' }, 'U1'],
    [{ $identified_id: ['U9'], distinct_id: 'U1' }, 'U1'],
    [{ $identified_id: 7 }, '7'],
    [{ $identified_id: '', distinct_id: '' }, undefined],
    [{ $user_id: 'U1' }, undefined],
    [{}, undefined],
  ])('of %j (IDO-03)', (sent, expected) => expect(identifiedIdOf(sent)).toBe(expected))
})

describe.each(['original', 'legacy'] as const)('readClaim in a project with %s identity', (mode) => {
  it.each<readonly [string, JsonObject, string | undefined, string | undefined]>([
    ['the documented names', { $anon_id: 'A', $identified_id: 'U' }, 'A', 'U'],
    ['the names of the SDKs', { $anon_distinct_id: 'A', distinct_id: 'U' }, 'A', 'U'],
    ['$anon_id first', { $anon_id: 'A', $anon_distinct_id: 'B', distinct_id: 'U' }, 'A', 'U'],
    ['an empty $anon_id', { $anon_id: '', $anon_distinct_id: 'B', distinct_id: 'U' }, 'B', 'U'],
    ['an $anon_id that is null', { $anon_id: null, $anon_distinct_id: 'B', distinct_id: 'U' }, 'B', 'U'],
    ['numbers', { $anon_id: 1, $identified_id: 2 }, '1', '2'],
    ['no anonymous id', { distinct_id: 'U' }, undefined, 'U'],
    ['no identified id', { $anon_id: 'A' }, 'A', undefined],
    ['a device, which is no anonymous id', { $device_id: 'D', distinct_id: 'U' }, undefined, 'U'],
    ['a list', { $anon_id: ['A'], distinct_id: 'U' }, undefined, 'U'],
  ])('an $identify with %s (IDO-03)', (_name, sent, anonId, identifiedId) => {
    const { distinctId } = assignIds(mode, sent, () => '')
    expect(claimOf(mode, '$identify', sent)).toEqual({ kind: 'identify', distinctId, anonId, identifiedId })
  })

  it.each<readonly [string, JsonObject, string | undefined, string | undefined]>([
    ['both ids', { distinct_id: 'U', alias: 'k' }, 'k', 'U'],
    ['numbers', { distinct_id: 12_345, alias: 7 }, '7', '12345'],
    ['no alias', { distinct_id: 'U' }, undefined, 'U'],
    ['an empty alias', { distinct_id: 'U', alias: '' }, undefined, 'U'],
    ['no distinct_id', { alias: 'k' }, 'k', undefined],
    ['the other name of distinct_id', { $distinct_id: 'U', alias: 'k' }, 'k', 'U'],
  ])('a $create_alias with %s (IDO-19)', (_name, sent, alias, of) => {
    expect(claimOf(mode, '$create_alias', sent)).toEqual({ kind: 'alias', distinctId: of ?? '', alias, of })
  })

  it.each<readonly [string, string, JsonObject, Claim | undefined]>([
    [
      'a $merge',
      '$merge',
      { distinct_id: 'U1', $distinct_ids: ['U1', 'U2'] },
      { kind: 'merge', distinctId: 'U1', ids: ['U1', 'U2'] },
    ],
    ['a $merge of three', '$merge', { $distinct_ids: ['a', 'b', 'c'] }, undefined],
    [
      'an event of its own id',
      'E',
      { distinct_id: 'x' },
      { kind: 'event', distinctId: 'x', deviceId: undefined, userId: undefined },
    ],
    [
      'an event with all ids',
      'E',
      { distinct_id: 'x', $device_id: 1, $user_id: 'U' },
      { kind: 'event', distinctId: 'x', deviceId: '1', userId: 'U' },
    ],
    ['an event without an id', 'E', {}, undefined],
    ['an event without a distinct_id', 'E', { $device_id: 'D', $user_id: 'U' }, undefined],
    [
      'an event of another spelling',
      '$Identify',
      { distinct_id: 'x', $anon_id: 'A' },
      { kind: 'event', distinctId: 'x', deviceId: undefined, userId: undefined },
    ],
  ])('%s (IDO-01)', (_name, event, sent, expected) => {
    expect(claimOf(mode, event, sent)).toEqual(expected)
  })
})

describe('readClaim in a simplified project', () => {
  it.each<readonly [JsonObject, readonly [string, string] | undefined]>([
    [{ $device_id: 'D', $user_id: 'U' }, ['D', 'U']],
    [{ $device_id: '$device:D', $user_id: 'U' }, ['D', 'U']],
    [{ $device_id: 'D', $user_id: 'U', distinct_id: 'x' }, ['D', 'U']],
    [{ $device_id: 7, $user_id: true }, ['7', 'true']],
    [{ $device_id: 'D', $user_id: '$device:D2' }, undefined],
    [{ $device_id: 'D' }, undefined],
    [{ $user_id: 'U' }, undefined],
    [{ $device_id: 'D', $user_id: '' }, undefined],
    [{ $device_id: null, $user_id: 'U' }, undefined],
    [{ $device_id: 'D', distinct_id: 'U' }, undefined],
    [{ distinct_id: '$device:D' }, undefined],
    [{ distinct_id: 'U' }, undefined],
    [{}, undefined],
  ])('%j (IDS-01)', (sent, pair) => {
    const [deviceId, userId] = pair ?? []
    const claim = pair && { kind: 'event', distinctId: userId, deviceId, userId }
    expect(claimOf('simplified', 'E', sent)).toEqual(claim)
  })
})

describe('idsNamedBy', () => {
  it.each<readonly [Json, readonly string[]]>([
    [{ event: 'E', properties: { distinct_id: 'x' } }, ['x']],
    [{ event: 'E', properties: { distinct_id: 'U', $user_id: 'U', $device_id: 'D' } }, ['U', '$device:D']],
    [{ properties: { $device_id: '$device:D' } }, ['$device:D']],
    [{ properties: { $distinct_id: 'z', $anon_id: 'a', $anon_distinct_id: 'b' } }, ['z', 'a', 'b']],
    [{ properties: { $identified_id: 'U', alias: 'k' } }, ['U', 'k']],
    [{ properties: { $distinct_ids: ['a', 'b'] } }, ['a', 'b']],
    [{ properties: { $distinct_ids: ['a', 'b', 'c'] } }, []],
    [{ properties: { distinct_id: 7, $user_id: '', $device_id: [] } }, ['7']],
    [{ $distinct_id: 'profile', $set: {} }, ['profile']],
    [{ distinct_id: 'beside', properties: {} }, []],
    [{ properties: 'none', distinct_id: 'x' }, ['x']],
    [JSON.parse('{"properties":{"__proto__":{"distinct_id":"x"},"distinct_id":"__proto__"}}'), ['__proto__']],
    [JSON.parse('{"__proto__":{"distinct_id":"x"}}'), []],
    [null, []],
    [[{ distinct_id: 'x' }], []],
    ['x', []],
    [7, []],
  ])('%j (VRD-01)', (record, expected) => expect(idsNamedBy(record)).toEqual(expected))
})
