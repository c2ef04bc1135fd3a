import { assertNever } from '../result.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { chooseCanonical } from './canonical.ts'
import { isGuidShaped, isUuid4 } from './guid.ts'
import {
  type Change,
  type Claim,
  countLost,
  DEVICE_PREFIX,
  type Decision,
  type IdentityRules,
  type IdentityView,
  incompleteVerb,
  joinedNames,
  type KnownCluster,
  type KnownId,
  plain,
  type Rulebook,
  refused,
} from './model.ts'

/**
 * Original ID Merge (chapter IDO): three verbs make ids equivalent. A verb that is refused is stored with the reason
 * (IDO-13). Ordinary events link nothing (IDO-01).
 */
export const ORIGINAL: Rulebook = {
  concerns: (claim) =>
    claim.kind === 'event' ? [claim.distinctId, ...otherIdsOf(claim)] : ORIGINAL.firstSeenIds(claim),
  firstSeenIds: (claim) => {
    const ids = idsOf(claim).filter((id) => id !== undefined)
    return [...new Set(ids.filter((id) => id !== ''))]
  },
  decide: (claim, known, rules) => {
    switch (claim.kind) {
      case 'event':
        return decideEvent(claim, known)
      case 'identify':
        return decideIdentify(claim, known, rules)
      case 'alias':
        return decideAlias(claim, known, rules)
      case 'merge':
        return decideMerge(claim, known, rules)
      default:
        return assertNever(claim)
    }
  },
}

type ClaimOf<Kind extends Claim['kind']> = Extract<Claim, { kind: Kind }>

function idsOf(claim: Claim): readonly (string | undefined)[] {
  switch (claim.kind) {
    case 'event':
      return [claim.distinctId]
    case 'identify':
      return [claim.anonId, claim.identifiedId, claim.distinctId]
    case 'alias':
      return [claim.of, claim.alias, claim.distinctId]
    case 'merge':
      return [...claim.ids, claim.distinctId]
    default:
      return assertNever(claim)
  }
}

/** The id of an event's device, with and without prefix, and of its user; empty unless the event names both. */
function otherIdsOf({ deviceId, userId }: ClaimOf<'event'>): readonly string[] {
  if (deviceId === undefined || userId === undefined) return []
  return [deviceId, DEVICE_PREFIX + deviceId, userId]
}

/** IDO-01: both ids are stored and link nothing. Worth a finding unless another event has made them one user. */
function decideEvent(claim: ClaimOf<'event'>, known: IdentityView): Decision {
  const { deviceId, userId } = claim
  if (deviceId === undefined || userId === undefined) return plain(claim.distinctId)
  const user = known.find(userId).cluster
  const isJoined = [deviceId, DEVICE_PREFIX + deviceId].some((id) => known.find(id).cluster === user)
  if (isJoined) return plain(claim.distinctId)
  return refused(claim.distinctId, [finding('identity.dual_id_inert', { device: deviceId, user: userId })])
}

/** The flowchart of IDO-05: same ids, form, already assigned, size, merge. The first check that fails decides. */
function decideIdentify(claim: ClaimOf<'identify'>, known: IdentityView, rules: IdentityRules): Decision {
  const { distinctId, anonId, identifiedId } = claim
  if (anonId === undefined || identifiedId === undefined) {
    const field = anonId === undefined ? '$anon_id' : '$identified_id'
    return incomplete(distinctId, '$identify', field)
  }
  if (anonId === identifiedId) return sameIds(distinctId, anonId)
  if (!(rules.anon_id_form === 'uuid4' ? isUuid4(anonId) : isGuidShaped(anonId))) {
    const text = `$anon_distinct_id didn't match expected GUID pattern: ${anonId}`
    // No loss where the two ids are one user already: alias() of the browser SDK sends such events.
    const isJoined = known.find(anonId).cluster === known.find(identifiedId).cluster
    const findings = [finding('identity.anon_not_guid', { anon: anonId }, isJoined ? 'info' : undefined)]
    return failure(distinctId, 'errAnonDistinctIdNonGUIDForm', text, findings)
  }
  const anon = known.find(anonId)
  const user = known.find(identifiedId)
  const owner = otherIdentified(anon, identifiedId) ?? repeated(anon, user)
  if (owner !== undefined) return alreadyIdentified(claim, anon, user, owner)
  const formFindings = isUuid4(anonId) ? [] : [finding('identity.anon_not_uuid4', { anon: anonId })]
  const decision = join(claim, anon, user, rules, 'IDO-04', formFindings)
  if (decision.annotations !== undefined) return decision
  const sharedFindings = anon.isIdentified
    ? [finding('identity.shared_device_merge', { anon: anonId, user: identifiedId })]
    : joinedNames('$identify', identifiedId, [...anon.cluster.aliases], anonId)
  const flag: Change = { kind: 'flag', distinctId: identifiedId, as: 'identified' }
  return {
    ...decision,
    changes: user.isIdentified ? decision.changes : [...decision.changes, flag],
    findings: decision.changes.length > 0 ? [...decision.findings, ...sharedFindings] : decision.findings,
  }
}

/** IDO-08: another identified id that the anonymous id already belongs to. */
function otherIdentified(anon: KnownId, identifiedId: string): string | undefined {
  for (const id of anon.cluster.identified) if (id !== anon.distinctId && id !== identifiedId) return id
  return undefined
}

/** IDO-11: the same pair again. */
function repeated(anon: KnownId, user: KnownId): string | undefined {
  return user.isIdentified && anon.cluster === user.cluster ? user.distinctId : undefined
}

function alreadyIdentified(
  claim: ClaimOf<'identify'>,
  anon: KnownId,
  user: KnownId,
  owner: string,
): Decision {
  const isSameUser = anon.cluster === user.cluster
  const why = finding(
    'identity.anon_already_identified',
    { anon: anon.distinctId, owner, user: user.distinctId },
    isSameUser ? 'info' : undefined,
  )
  const text = `$anon_distinct_id already identified: ${anon.distinctId}`
  return failure(claim.distinctId, 'errAnonDistinctIdAssignedAlready', text, [why])
}

/** IDO-14 to IDO-19: an alias has any form and is made once. */
function decideAlias(claim: ClaimOf<'alias'>, known: IdentityView, rules: IdentityRules): Decision {
  const { distinctId, alias, of } = claim
  if (alias === undefined || of === undefined) {
    return incomplete(distinctId, '$create_alias', alias === undefined ? 'alias' : 'distinct_id')
  }
  if (alias === of) return sameIds(distinctId, alias)
  const named = known.find(alias)
  if (named.isAlias) {
    const findings = [finding('identity.alias_exists', { alias, owner: named.cluster.canonical })]
    return failure(distinctId, 'errAliasAlreadyExists', 'alias already exists with the id', findings)
  }
  const user = known.find(of)
  const decision = join(claim, named, user, rules, 'IDO-14', [])
  if (decision.annotations !== undefined) return decision
  const others = joinedNames('$create_alias', alias, namesOf(user.cluster), of)
  const joined = others.length > 0 ? others : joinedPeople('$create_alias', named.cluster, user.cluster)
  return {
    ...decision,
    changes: [...decision.changes, { kind: 'flag', distinctId: alias, as: 'alias' }],
    findings: decision.changes.length > 0 ? [...decision.findings, ...joined] : decision.findings,
  }
}

/** The ids by which a user was named. */
function namesOf({ identified, aliases }: KnownCluster): readonly string[] {
  return [...identified, ...aliases]
}

/** The finding on two users of whom both had been named; empty for others. */
function joinedPeople(event: string, one: KnownCluster, other: KnownCluster): readonly Finding[] {
  const [added] = namesOf(one)
  return added === undefined ? [] : joinedNames(event, added, namesOf(other), added)
}

/** IDO-20: links any two ids. */
function decideMerge(claim: ClaimOf<'merge'>, known: IdentityView, rules: IdentityRules): Decision {
  const [one, other] = claim.ids
  if (one === other) return refused(claim.distinctId, [finding('identity.same_ids', { id: one })])
  const [from, to] = [known.find(one), known.find(other)]
  const decision = join(claim, from, to, rules, 'IDO-20', [])
  if (decision.changes.length === 0) return decision
  const joined = joinedPeople('$merge', from.cluster, to.cluster)
  return { ...decision, findings: [...decision.findings, ...joined] }
}

/** Joins two users unless the result would have too many ids (IDO-22); changes nothing if they are one already. */
function join(
  claim: Claim,
  from: KnownId,
  to: KnownId,
  rules: IdentityRules,
  rule: string,
  findings: readonly Finding[],
): Decision {
  const { distinctId } = claim
  if (from.cluster === to.cluster) return { distinctId, changes: [], annotations: undefined, findings }
  const size = from.cluster.size + to.cluster.size
  const max = rules.id_cluster_max
  if (size > max) return tooManyIds(distinctId, from, to, size, max)
  const identified = claim.kind === 'identify' ? to.cluster : undefined
  const canonical = chooseCanonical(rules.canonical_policy, [from.cluster, to.cluster], identified)
  const all = [...findings]
  if (size >= max * 0.9) all.push(finding('identity.cluster_nearly_full', { user: canonical, size, max }))
  if (claim.kind === 'identify' && canonical !== to.distinctId) {
    all.push(finding('identity.canonical_is_anonymous', { canonical, user: to.distinctId }))
  }
  all.push(...hiddenProfile(canonical, from.cluster, to.cluster))
  const ends = { from: from.distinctId, to: to.distinctId }
  const change = { kind: 'join', ...ends, canonical, rule, movesProfile: true } as const
  return { distinctId, changes: [change], annotations: undefined, findings: all }
}

/** IDO-24: of two profiles, the one under the canonical id is kept. */
function hiddenProfile(canonical: string, ...clusters: readonly KnownCluster[]): readonly Finding[] {
  const hidden = clusters.find((cluster) => cluster.canonical !== canonical)
  if (hidden?.profile === undefined || clusters.some(({ profile }) => profile === undefined)) return []
  const { count, names } = countLost(hidden.profile)
  if (count === 0) return []
  return [finding('profile.hidden_by_merge', { canonical, other: hidden.canonical, count, names })]
}

function tooManyIds(distinctId: string, from: KnownId, to: KnownId, size: number, max: number): Decision {
  // The text says 500 whatever the limit is (DEC-02).
  const text = `too many distinctIDs mapped together, Cluster size: ${size} Max limit: 500`
  const [full, left] = from.cluster.size > to.cluster.size ? [from, to] : [to, from]
  const { canonical: user, size: fullSize } = full.cluster
  const why = finding('identity.cluster_full', { user, size: fullSize, max, id: left.distinctId })
  return failure(distinctId, 'errManyIDs', text, [why])
}

function sameIds(distinctId: string, id: string): Decision {
  const text = `Identified and anon ID are same in the identify request ${id}`
  return failure(distinctId, 'errSameIDs', text, [finding('identity.same_ids', { id })])
}

function incomplete(distinctId: string, event: '$identify' | '$create_alias', field: string): Decision {
  return refused(distinctId, [incompleteVerb(event, field)])
}

/** IDO-13: the verb is stored with the reason for its failure. */
function failure(distinctId: string, reason: string, text: string, findings: readonly Finding[]): Decision {
  return refused(distinctId, findings, { $failure_reason: reason, $failure_description: text })
}
