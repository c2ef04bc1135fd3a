import { nowOf } from '../core/clock.ts'
import { decideInOrder, RULEBOOKS } from '../core/identity/decide.ts'
import { type Claim, DEVICE_PREFIX, type Decision } from '../core/identity/model.ts'
import { IdentityState, type LoadedId } from '../core/identity/state.ts'
import type { Project } from '../core/project.ts'
import type { Soon } from '../core/soon.ts'
import type { Queryable } from '../store/db.ts'
import type { FirstSeenId } from '../store/first-seen-ids.ts'
import { loadIdentity } from '../store/identity.ts'
import { claimsByProject, type PlacedClaim } from './apply-decisions.ts'
import type { IdentityMemory } from './identity-memory.ts'
import type { JudgedRequest } from './judged-request.ts'

export interface Decided {
  readonly project: Project
  readonly claim: Claim
  readonly decision: Decision
  /** IdentityMemory.generation from before the decision; by default the current one. */
  readonly generation?: number
}

/** The decisions by the index of the record, and the ids to store as received. */
export interface UnlockedDecisions {
  readonly decisions: ReadonlyMap<number, Decision>
  readonly firstSeenIds: readonly FirstSeenId[]
  /** For `learnDecided`, once the request is committed. */
  readonly decided: readonly Decided[]
  /** IdentityMemory.generation from before the decisions; undefined if there was nothing to decide. */
  readonly generation?: number
}

const NOTHING: UnlockedDecisions = { decisions: new Map(), firstSeenIds: [], decided: [] }

/**
 * Makes the identity decisions on a request without a lock. Out: undefined if they would change an identity; they must
 * be made again under the lock then. Safe without one, because a claim that is satisfied or refused stays so.
 */
export function decideUnlocked(
  request: JudgedRequest,
  db: Queryable,
  memory: IdentityMemory,
): Soon<UnlockedDecisions | undefined> {
  const { generation } = memory
  let isOpen = false
  let isAny = false
  for (const { project, outcome } of request.records) {
    if (project === undefined || outcome.kind !== 'stored' || outcome.claim === undefined) continue
    isAny = true
    isOpen ||= !isRemembered(memory, project, outcome.claim)
  }
  if (isOpen) return decideOpen(request, db, memory)
  return isAny ? { ...NOTHING, generation } : NOTHING
}

async function decideOpen(
  request: JudgedRequest,
  db: Queryable,
  memory: IdentityMemory,
): Promise<UnlockedDecisions | undefined> {
  const claims = claimsByProject(request)
  const { generation } = memory
  const decisions = new Map<number, Decision>()
  const firstSeenIds: FirstSeenId[] = []
  const all: Decided[] = []
  for (const [project, placed] of claims) {
    const open = placed.filter(({ claim }) => !isRemembered(memory, project, claim))
    if (open.length === 0) continue
    const nowMs = nowOf(project, request.receivedAtMs)
    const decided = await decideProject(project, open, nowMs, db, memory)
    if (decided === undefined) return undefined
    for (const [at, decision] of decided.entries()) {
      const { index, claim } = open[at] as PlacedClaim
      decisions.set(index, decision)
      firstSeenIds.push(...unseen(memory, project, claim))
      all.push({ project, claim, decision, generation })
    }
  }
  return { decisions, firstSeenIds, decided: all, generation }
}

async function decideProject(
  project: Project,
  open: readonly PlacedClaim[],
  nowMs: number,
  db: Queryable,
  memory: IdentityMemory,
): Promise<readonly Decision[] | undefined> {
  const { id: projectId, idManagement: mode, settings: rules } = project
  const { generation } = memory
  const known = new Map<string, LoadedId>()
  const unknown = new Set<string>()
  for (const { claim } of open) {
    const owned = mode === 'simplified' ? rememberedDevice(memory, project, claim) : undefined
    if (owned !== undefined) known.set(owned.distinctId, owned)
    else for (const id of RULEBOOKS[mode].concerns(claim)) unknown.add(id)
  }
  const loaded = await loadIdentity(db, { projectId, mode, rules, nowMs }, [...unknown])
  learnOwners(memory, project, loaded.ids, generation)
  const state = new IdentityState({ ids: [...loaded.ids, ...known.values()], clusters: loaded.clusters })
  const decided = decideInOrder(mode, open.map(toClaimed), state, rules)
  return state.isUnchanged ? decided : undefined
}

/** A claim with its event, in the form for decideInOrder. */
export function toClaimed({ claim, event }: PlacedClaim) {
  return { claim, origin: { event: event.event, insertId: event.insertId, atMs: event.receivedAtMs } }
}

/** True for a claim that is known to be satisfied, so that there is nothing to decide. */
function isRemembered(memory: IdentityMemory, project: Project, claim: Claim): boolean {
  if (claim.kind !== 'event' || project.idManagement === 'legacy') return false
  if (project.idManagement === 'simplified') {
    return memory.recall(project, ownerFact(`${DEVICE_PREFIX}${claim.deviceId}`)) === claim.userId
  }
  if (memory.recall(project, seenFact(claim.distinctId)) === undefined) return false
  return !isDual(claim) || memory.recall(project, pairFact(claim)) !== undefined
}

function rememberedDevice(memory: IdentityMemory, project: Project, claim: Claim): LoadedId | undefined {
  if (claim.kind !== 'event') return undefined
  const distinctId = `${DEVICE_PREFIX}${claim.deviceId}`
  const canonical = memory.recall(project, ownerFact(distinctId))
  return canonical === undefined ? undefined : { distinctId, canonical, isAlias: false, isIdentified: false }
}

function unseen(memory: IdentityMemory, project: Project, claim: Claim): readonly FirstSeenId[] {
  const ids = RULEBOOKS[project.idManagement].firstSeenIds(claim)
  const fresh = ids.filter((id) => memory.recall(project, seenFact(id)) === undefined)
  return fresh.map((distinctId) => ({ projectId: project.id, distinctId }))
}

type EventClaim = Extract<Claim, { kind: 'event' }>
const ownerFact = (device: string) => `owner ${device}`
const seenFact = (id: string) => `seen ${id}`
const pairFact = ({ distinctId, deviceId, userId }: EventClaim) =>
  `pair ${JSON.stringify([distinctId, deviceId, userId])}`

/** Remembers the users of devices as stored (simplified). */
export function learnOwners(
  memory: IdentityMemory,
  project: Project,
  ids: readonly LoadedId[],
  generation = memory.generation,
): void {
  if (project.idManagement !== 'simplified') return
  for (const { distinctId, canonical } of ids) {
    if (canonical !== distinctId) memory.learn(project, ownerFact(distinctId), canonical, generation)
  }
}

/** Remembers the ids and pairs that committed decisions have processed: repeating them changes nothing (original). */
export function learnDecided(memory: IdentityMemory, decided: readonly Decided[]): void {
  for (const { project, claim, decision, generation } of decided) {
    if (project.idManagement !== 'original') continue
    for (const id of RULEBOOKS.original.firstSeenIds(claim))
      memory.learn(project, seenFact(id), '', generation)
    if (claim.kind === 'event' && isDual(claim) && decision.findings.length === 0) {
      memory.learn(project, pairFact(claim), '', generation)
    }
  }
}

function isDual({ deviceId, userId }: EventClaim): boolean {
  return deviceId !== undefined && userId !== undefined
}
