import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { groupBy } from '../core/group-by.ts'
import { applyUpdate } from '../core/profile/apply.ts'
import type { Profile, ProfileUpdate } from '../core/profile/profile.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import type { Verdict } from '../core/verdict/verdict.ts'
import type { Db } from '../store/db.ts'
import { type Attempt, type ProfileTx, tryProfileTransaction } from '../store/locks.ts'
import {
  findUnprefixedDevices,
  keyText,
  type LoadedProfiles,
  loadProfiles,
  type ProfileChange,
  type ProfileKey,
  resolveIds,
  writeProfiles,
} from '../store/profiles.ts'
import { writeRows } from '../store/write-batch.ts'
import { admitRewrites } from './admit-rewrites.ts'
import { projectsOfAll, verdictsOf } from './judged-request.ts'
import {
  type PlacedUpdate,
  type ProfileCommit,
  type ProfilesRequest,
  withProfileFindings,
} from './profile-updates.ts'
import type { RewriteBudget, RewriteRefusal, Rewrites } from './rewrite-budget.ts'
import type { VerdictBounds } from './verdict-bounds.ts'

interface Outcome {
  readonly commits: readonly ProfileCommit[]
  readonly verdicts: readonly Verdict[]
}

/** Bytes of stored profiles loaded at a time, so that reading and writing them does not block other requests. */
const MAX_LOADED_BYTES = 1_048_576

/** Bytes of profiles, counted for each update, after which other requests are handled: some 10 ms. */
const MAX_SLICE_BYTES = 8 * 1_048_576

/**
 * The `write` of a CommitQueue for profile updates. It applies the updates of requests in the order given and writes
 * each profile once: lock, read, apply, write, in one transaction. In: how long to wait for each lock, in ms; 0 to give
 * up at once. Out: for each request its findings, or why its rewrites are refused.
 */
export function profileCommits(
  db: Db,
  bounds: VerdictBounds,
  budget: RewriteBudget,
): (requests: readonly ProfilesRequest[], waitMs: number) => Promise<Attempt<readonly ProfileCommit[]>> {
  return async (requests, waitMs) => {
    const projects = projectsOfAll(requests)
    let taken: readonly Rewrites[] = []
    const admit = (...asked: Asked) => {
      const admission = admitRewrites(...asked, budget)
      taken = admission.taken
      return admission.refused
    }
    try {
      const attempt = await tryProfileTransaction(db, { projects, waitMs }, (tx) => {
        return applyAndWrite(tx, { requests, admit, bounds })
      })
      if (attempt.kind !== 'done') return attempt
      await bounds.count(attempt.result.verdicts)
      return { kind: 'done', result: attempt.result.commits }
    } catch (error) {
      for (const rewrites of taken) budget.giveBack(rewrites)
      throw error
    }
  }
}

type Asked = [
  updates: readonly PlacedUpdate[],
  keys: ReadonlyMap<PlacedUpdate, ProfileKey>,
  bytes: ReadonlyMap<string, number>,
]

interface Group {
  readonly requests: readonly ProfilesRequest[]
  /** Returns the requests with refused rewrites. */
  readonly admit: (...asked: Asked) => ReadonlyMap<ProfilesRequest, RewriteRefusal>
  readonly bounds: VerdictBounds
}

async function applyAndWrite(tx: ProfileTx, { requests, admit, bounds }: Group): Promise<Outcome> {
  const updates = requests.flatMap(updatesOf)
  const findings = new Map(requests.map((request) => [request, new Map<number, readonly Finding[]>()]))
  const keys = await findKeys(tx, updates)
  const distinct = new Map([...keys.values()].map((key) => [keyText(key), key]))
  const first = await loadProfiles(tx, [...distinct.values()], MAX_LOADED_BYTES)
  const refused = admit(updates, keys, first.bytes)
  const admitted = updates.filter(({ request }) => !refused.has(request))
  const byProfile = groupBy(admitted, (placed) => keyText(keys.get(placed) ?? NO_KEY))
  const made: PlacedUpdate[] = []
  const listener: ApplyListener = {
    onApplied: (placed, added) => findings.get(placed.request)?.set(placed.index, added),
    onCreated: (placed) => made.push(placed),
  }
  const withheld = first.withheld.filter((key) => byProfile.has(keyText(key)))
  const isWithheld = new Set(first.withheld.map(keyText))
  const atFirst = admitted.filter((placed) => !isWithheld.has(keyText(keys.get(placed) ?? NO_KEY)))
  await writeProfiles(tx, await applyAll(atFirst, keys, first, listener))
  for (const part of partsOf(withheld, first.bytes)) {
    const loaded = await loadProfiles(tx, part)
    const ofPart = part.flatMap((key) => byProfile.get(keyText(key)) ?? [])
    await writeProfiles(tx, await applyAll(ofPart, keys, loaded, listener))
  }
  await reportUnprefixed(tx, made, findings)
  const commits = requests.map((request): ProfileCommit => {
    return refused.get(request) ?? { kind: 'applied', findings: findings.get(request) ?? new Map() }
  })
  const candidates = requests.flatMap((request) => {
    if (refused.has(request)) return []
    return verdictsOf(request, withProfileFindings(request, findings.get(request) ?? new Map()))
  })
  const verdicts = bounds.admit(candidates)
  await writeRows(tx, { events: [], verdicts })
  return { commits, verdicts }
}

/** Splits profiles into parts of at most MAX_LOADED_BYTES, or of one larger profile. */
function partsOf(
  keys: readonly ProfileKey[],
  bytesOf: ReadonlyMap<string, number>,
): readonly (readonly ProfileKey[])[] {
  const parts: ProfileKey[][] = []
  let bytes = 0
  for (const key of keys) {
    const keyBytes = bytesOf.get(keyText(key)) ?? 0
    const last = parts.at(-1)
    bytes = last === undefined || bytes + keyBytes > MAX_LOADED_BYTES ? keyBytes : bytes + keyBytes
    if (last === undefined || bytes === keyBytes) parts.push([key])
    else last.push(key)
  }
  return parts
}

const NO_KEY: ProfileKey = { projectId: 0, groupKey: '', distinctId: '' }

function updatesOf(request: ProfilesRequest): readonly PlacedUpdate[] {
  return request.records.flatMap(({ outcome, project }, index) => {
    if (outcome.kind !== 'accepted' || project === undefined) return []
    return [{ request, index, project, update: outcome.update }]
  })
}

/** The key of each update's profile: of the canonical id, unless the update is for the literal one (ENG-08). */
async function findKeys(
  tx: ProfileTx,
  updates: readonly PlacedUpdate[],
): Promise<ReadonlyMap<PlacedUpdate, ProfileKey>> {
  const resolved = new Map<number, ReadonlyMap<string, string>>()
  for (const projectId of new Set(updates.map(({ project }) => project.id))) {
    const resolvable = updates.filter(({ project, update }) => project.id === projectId && isResolved(update))
    const ids = [...new Set(resolvable.map(({ update }) => update.id))]
    resolved.set(projectId, await resolveIds(tx, projectId, ids))
  }
  return new Map(
    updates.map((placed) => {
      const { projectId, groupKey, id } = placed.update
      const canonical = isResolved(placed.update) ? resolved.get(projectId)?.get(id) : undefined
      return [placed, { projectId, groupKey, distinctId: canonical ?? id }]
    }),
  )
}

function isResolved({ groupKey, ignoresAlias }: ProfileUpdate): boolean {
  return groupKey === '' && !ignoresAlias
}

interface ApplyListener {
  readonly onApplied: (placed: PlacedUpdate, findings: readonly Finding[]) => void
  /** Called if an update has created its profile. */
  readonly onCreated: (placed: PlacedUpdate) => void
}

/** Applies updates in order, each to the result of the previous ones on its profile. */
async function applyAll(
  updates: readonly PlacedUpdate[],
  keys: ReadonlyMap<PlacedUpdate, ProfileKey>,
  { profiles: stored, bytes }: LoadedProfiles,
  { onApplied, onCreated }: ApplyListener,
): Promise<readonly ProfileChange[]> {
  const current = new Map<string, Profile | undefined>(stored)
  const changes = new Map<string, ProfileChange>()
  let sliceBytes = 0
  for (const placed of updates) {
    const key = keys.get(placed)
    if (key === undefined) continue
    const text = keyText(key)
    // The profile may have grown by the size of the update.
    sliceBytes += (bytes.get(text) ?? 0) + placed.request.sentBytes
    if (sliceBytes > MAX_SLICE_BYTES) {
      await yieldToEventLoop()
      sliceBytes = 0
    }
    const before = current.get(text)
    const { profile, findings } = applyUpdate(before, placed.update)
    onApplied(placed, findings)
    if (profile === before) continue
    if (before === undefined) onCreated(placed)
    current.set(text, profile)
    changes.set(text, { ...key, profile, isStored: stored.has(text) })
  }
  return [...changes.values()]
}

/** Adds a finding if a profile was created for a user with the id of a device without its prefix (IDS-27). */
async function reportUnprefixed(
  tx: ProfileTx,
  made: readonly PlacedUpdate[],
  findings: ReadonlyMap<ProfilesRequest, Map<number, readonly Finding[]>>,
): Promise<void> {
  const users = made.filter(({ project, update }) => {
    return project.idManagement === 'simplified' && update.groupKey === ''
  })
  for (const projectId of new Set(users.map(({ project }) => project.id))) {
    const ofProject = users.filter(({ project }) => project.id === projectId)
    const ids = [...new Set(ofProject.map(({ update }) => update.id))]
    const devices = await findUnprefixedDevices(tx, projectId, ids)
    for (const { request, index, update } of ofProject) {
      if (!devices.has(update.id)) continue
      const known = findings.get(request)
      known?.set(index, [
        ...(known.get(index) ?? []),
        finding('profile.unprefixed_device', { id: update.id }),
      ])
    }
  }
}
