import { describe, expect, it } from 'vitest'
import type { Claim, Decision } from '../../../../src/core/identity/model.ts'
import { MANY_DEVICES, SIMPLIFIED } from '../../../../src/core/identity/simplified.ts'
import { IdentityState, type LoadedIdentity } from '../../../../src/core/identity/state.ts'
import { DEFAULT_SETTINGS } from '../../../../src/core/settings.ts'
import { codesOf } from '../../build.ts'

const pair = (deviceId: string | undefined, userId: string | undefined, distinctId = userId ?? ''): Claim => {
  return { kind: 'event', distinctId, deviceId, userId }
}

/** A store in which devices, without their prefix, belong to users. */
function owned(devices: Readonly<Record<string, string>>, recentLinks = 0): LoadedIdentity {
  const ids = Object.entries(devices).map(([device, canonical]) => {
    return { distinctId: `$device:${device}`, canonical, isAlias: false, isIdentified: false }
  })
  const users = [...new Set(Object.values(devices))]
  return { ids, clusters: users.map((canonical) => ({ canonical, size: 2, recentLinks })) }
}

function decide(claim: Claim, loaded: LoadedIdentity): Decision {
  return SIMPLIFIED.decide(claim, new IdentityState(loaded), DEFAULT_SETTINGS)
}

const link = (device: string, user: string) => {
  return { kind: 'join', from: `$device:${device}`, to: user, canonical: user, rule: 'IDS-03' }
}

const KEPT = { $identity_failure_reason: 'errAnonDistinctIdAssignedAlready' }
const NONE = owned({})

describe('SIMPLIFIED.decide: a device and a user', () => {
  it.each<readonly [string, LoadedIdentity, string, string]>([
    ['an unknown device and an unknown user', NONE, 'D1', 'U1'],
    ['an unknown device and a user with devices', owned({ D2: 'U1' }), 'D1', 'U1'],
    ['an unknown device where others have owners', owned({ D2: 'U2' }), 'D1', 'U1'],
    ['a device whose text is no UUID (IDS-37)', NONE, 'session_abc123_v1', 'U1'],
    ['the same text on both sides (IDS-17)', NONE, 'knock', 'knock'],
    ['a device that is called as JavaScript calls things', NONE, '__proto__', 'constructor'],
  ])('links %s (IDS-03)', (_name, loaded, device, user) => {
    const made = decide(pair(device, user), loaded)
    expect(made).toMatchObject({
      distinctId: user,
      changes: [link(device, user)],
      annotations: undefined,
      findings: [],
    })
  })

  it.each<readonly [string, string, LoadedIdentity, string, string]>([
    ['IDS-08', 'the same pair again', owned({ D1: 'U1' }), 'D1', 'U1'],
    ['IDS-08', 'the same pair, one device of several', owned({ D1: 'U1', D2: 'U1' }), 'D2', 'U1'],
    ['IDS-17', 'the same text on both sides again', owned({ knock: 'knock' }), 'knock', 'knock'],
  ])('%s: %s changes nothing and says nothing', (_rule, _name, loaded, device, user) => {
    const made = decide(pair(device, user), loaded)
    expect(made).toMatchObject({ distinctId: user, changes: [], annotations: undefined, findings: [] })
  })

  it.each<readonly [string, LoadedIdentity, string]>([
    ['an unknown user', owned({ D1: 'U1' }), 'U2'],
    ['a user with devices of its own', owned({ D1: 'U1', D2: 'U2' }), 'U2'],
    ['a user called as the device is', owned({ D1: 'U1' }), 'D1'],
    ['a user whose id differs in case only', owned({ D1: 'U1' }), 'u1'],
  ])('the first owner keeps a device that %s is seen with (IDS-07)', (_name, loaded, user) => {
    expect(decide(pair('D1', user), loaded)).toEqual({
      distinctId: user,
      changes: [],
      annotations: KEPT,
      findings: [
        { code: 'identity.device_already_assigned', values: { device: '$device:D1', owner: 'U1', user } },
      ],
    })
  })

  it.each<readonly [string, LoadedIdentity, string, readonly string[]]>([
    ['a telephone number', NONE, '+6512345678', ['identity.user_id_as_device']],
    ['an address', NONE, 'charlie@example.com', ['identity.user_id_as_device']],
    ['the id of a known user', owned({ D2: 'taylor' }), 'taylor', ['identity.user_id_as_device']],
    ['a number too short for a telephone', NONE, '+123456', []],
    ['digits without a plus', NONE, '6512345678', []],
    ['two addresses', NONE, 'a@b.io c@d.io', []],
    ['a telephone number of seven digits', NONE, '+1234567', ['identity.user_id_as_device']],
    ['a telephone number of fifteen digits', NONE, '+123456789012345', ['identity.user_id_as_device']],
    ['a number too long for a telephone', NONE, '+1234567890123456', []],
    ['a number after a word', NONE, 'tel+6512345678', []],
    ['a name on a host', NONE, 'root@localhost', []],
    ['the prefixed id of a known device', owned({ D2: 'taylor' }), '$device:D2', []],
  ])('%s as a device is linked, and told where it is a person (IDS-10)', (_name, loaded, device, codes) => {
    const made = decide(pair(device, 'charlie'), loaded)
    expect([made.changes, made.annotations]).toMatchObject([[link(device, 'charlie')], undefined])
    expect(codesOf(made.findings)).toEqual(codes)
  })

  it('a known user whose device has the same id gets no verdict on it (IDS-17, IDS-10)', () => {
    const made = decide(pair('knock', 'knock'), owned({ D2: 'knock' }))
    expect([made.changes, made.findings]).toMatchObject([[link('knock', 'knock')], []])
  })

  it.each([
    [0, 0],
    [MANY_DEVICES - 2, 0],
    [MANY_DEVICES - 1, 1],
    [MANY_DEVICES, 0],
  ])(
    'after %i devices within an hour a further one joins, and is told %i times (IDS-05)',
    (recent, count) => {
      const made = decide(pair('D1', 'U1'), owned({ D2: 'U1' }, recent))
      expect(made.changes).toMatchObject([link('D1', 'U1')])
      expect(codesOf(made.findings)).toEqual(Array.from({ length: count }, () => 'identity.constant_user_id'))
    },
  )
})

describe('SIMPLIFIED.decide: what links nothing', () => {
  const STORED = owned({ D1: 'U1', D2: 'U2' })

  it.each<readonly [string, string, Claim]>([
    ['IDS-02', 'a device alone', pair('D1', undefined, '$device:D1')],
    ['IDS-04', 'a user alone', pair(undefined, 'U1')],
    ['IDS-16', 'no id at all', pair(undefined, undefined)],
    ['IDS-09', 'an alias', { kind: 'alias', distinctId: 'U1', alias: 'U2', of: 'U1' }],
    ['IDS-09', 'a merge', { kind: 'merge', distinctId: 'U1', ids: ['U1', 'U2'] }],
    ['IDS-38', 'a merge of devices', { kind: 'merge', distinctId: '', ids: ['$device:D1', '$device:D2'] }],
    [
      'IDS-20',
      'an $identify',
      { kind: 'identify', distinctId: 'U1', anonId: '$device:D3', identifiedId: 'U1' },
    ],
  ])('%s: %s is stored as it is', (_rule, _name, claim) => {
    expect(SIMPLIFIED.concerns(claim)).toEqual([])
    const state = new IdentityState(STORED)
    const made = SIMPLIFIED.decide(claim, state, DEFAULT_SETTINGS)
    expect(made).toMatchObject({
      distinctId: claim.distinctId,
      changes: [],
      annotations: undefined,
      findings: [],
    })
    expect(state.isUnchanged).toBe(true)
  })

  it('a device named like the id of another is a device of its own (IDS-38)', () => {
    const state = new IdentityState(owned({ D1: 'U1' }))
    const made = SIMPLIFIED.decide(pair('$device:D1', 'U3'), state, DEFAULT_SETTINGS)
    expect(made.changes).toMatchObject([link('$device:D1', 'U3')])
  })

  it('what must be known about a pair is its device, its user, and a user of the device’s name (IDS-03)', () => {
    expect(SIMPLIFIED.concerns(pair('D1', 'U1'))).toEqual(['$device:D1', 'U1', 'D1'])
    expect(SIMPLIFIED.firstSeenIds(pair('D1', 'U1'))).toEqual([])
  })
})
