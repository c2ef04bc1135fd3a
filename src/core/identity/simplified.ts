import { finding } from '../verdict/finding.ts'
import {
  type Claim,
  countLost,
  DEVICE_PREFIX,
  type Decision,
  type IdentityView,
  plain,
  type Rulebook,
} from './model.ts'

/** So many devices of one user within an hour are no person (`identity.constant_user_id`). */
export const MANY_DEVICES = 20

/**
 * Simplified ID Merge (chapter IDS): a device belongs to the first user that an event names beside it, for
 * ever. Nothing else links, and two users never do (IDS-09, IDS-38).
 */
export const SIMPLIFIED: Rulebook = {
  concerns: (claim) => {
    const pair = pairOf(claim)
    return pair === undefined ? [] : [DEVICE_PREFIX + pair.deviceId, pair.userId, pair.deviceId]
  },
  firstSeenIds: () => [],
  decide,
}

interface Pair {
  readonly deviceId: string
  readonly userId: string
}

function pairOf(claim: Claim): Pair | undefined {
  if (claim.kind !== 'event' || claim.deviceId === undefined || claim.userId === undefined) return undefined
  return { deviceId: claim.deviceId, userId: claim.userId }
}

function decide(claim: Claim, known: IdentityView): Decision {
  const pair = pairOf(claim)
  if (pair === undefined) return plain(claim.distinctId)
  const device = DEVICE_PREFIX + pair.deviceId
  const owner = known.find(device).cluster.canonical
  if (owner === pair.userId) return plain(claim.distinctId)
  if (owner !== device) return keepFirstOwner(claim, device, owner, pair.userId)
  return linkDevice(claim, device, pair, known)
}

/** IDS-07: the first user keeps the device. */
function keepFirstOwner(claim: Claim, device: string, owner: string, user: string): Decision {
  return {
    distinctId: claim.distinctId,
    changes: [],
    annotations: { $identity_failure_reason: 'errAnonDistinctIdAssignedAlready' },
    findings: [finding('identity.device_already_assigned', { device, owner, user })],
  }
}

/** IDS-03: the device and all it has sent become the user's. */
function linkDevice(claim: Claim, device: string, { deviceId, userId }: Pair, known: IdentityView): Decision {
  const ends = { from: device, to: userId, canonical: userId }
  const join = { kind: 'join', ...ends, rule: 'IDS-03', movesProfile: false } as const
  const findings = []
  const mayBeUser = deviceId !== userId && !deviceId.startsWith(DEVICE_PREFIX)
  const isOtherUser = mayBeUser && known.find(deviceId).cluster.size > 1
  if (looksLikeUserId(deviceId) || isOtherUser) {
    findings.push(finding('identity.user_id_as_device', { device: deviceId }))
  }
  const { count, names } = countLost(known.find(device).cluster.profile)
  if (count > 0) {
    findings.push(finding('profile.device_profile_lost', { device, user: userId, count, names }))
  }
  // Told once, by the device that makes it so many.
  if (known.find(userId).cluster.recentLinks === MANY_DEVICES - 1) {
    const what = `is shared by ${MANY_DEVICES} devices that joined it within an hour`
    findings.push(finding('identity.constant_user_id', { user: userId, what }))
  }
  return { distinctId: claim.distinctId, changes: [join], annotations: undefined, findings }
}

/** An address or a telephone number names a person, not a device (IDS-10). */
function looksLikeUserId(id: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(id) || /^\+\d{7,15}$/.test(id)
}
