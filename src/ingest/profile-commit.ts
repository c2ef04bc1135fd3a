import { applyUpdate } from '../core/profile/apply.ts'
import type { Profile, ProfileUpdate } from '../core/profile/profile.ts'
import type { Project } from '../core/project.ts'
import { type Note, note } from '../core/verdict/note.ts'
import type { Verdict } from '../core/verdict/verdict.ts'
import { writeBatchWithin } from '../store/batch.ts'
import type { Db } from '../store/db.ts'
import { inProfileTransaction, type ProfileTx } from '../store/locks.ts'
import {
  findUnprefixedDevices,
  keyText,
  loadProfiles,
  type ProfileChange,
  type ProfileKey,
  resolveIds,
  writeProfiles,
} from '../store/profiles.ts'
import {
  type JudgedProfiles,
  type ProfileNotes,
  profileVerdicts,
  projectsOfProfiles,
  withProfileNotes,
} from './judged-profiles.ts'
import type { VerdictBounds } from './verdict-bounds.ts'

/** An update and where it comes from. */
interface PlacedUpdate {
  readonly request: JudgedProfiles
  readonly index: number
  readonly project: Project
  readonly update: ProfileUpdate
}

/** What the updates of a transaction have come to. */
interface Outcome {
  readonly notes: readonly ProfileNotes[]
  readonly verdicts: readonly Verdict[]
}

/**
 * Applies the updates of requests in the order given and writes each profile once: lock, read, decide, write, in one
 * transaction. Out: for each request what the profiles made of its records; undefined when a project has changed or
 * gone since they were judged, and then nothing was written.
 */
export async function commitProfiles(
  db: Db,
  bounds: VerdictBounds,
  requests: readonly JudgedProfiles[],
): Promise<readonly ProfileNotes[] | undefined> {
  const all = requests.flatMap(projectsOfProfiles)
  const projects = [...new Map(all.map((p) => [`${p.id}:${p.version}`, p])).values()]
  const outcome = await inProfileTransaction(db, projects, (tx) => applyAndWrite(tx, requests, projects))
  if (outcome === undefined) return undefined
  await bounds.count(outcome.verdicts)
  return outcome.notes
}

async function applyAndWrite(
  tx: ProfileTx,
  requests: readonly JudgedProfiles[],
  projects: readonly Project[],
): Promise<Outcome> {
  const updates = requests.flatMap(updatesOf)
  const notes = new Map(requests.map((request) => [request, new Map<number, readonly Note[]>()]))
  const keys = await findKeys(tx, updates)
  const { changes, made } = await applyAll(tx, updates, keys, (placed, told) => {
    notes.get(placed.request)?.set(placed.index, told)
  })
  await tellUnprefixed(tx, made, notes)
  await writeProfiles(tx, [...changes.values()])
  const all = requests.map((request) => notes.get(request) ?? new Map())
  const verdicts = requests.flatMap((request, at) => {
    return profileVerdicts(request, withProfileNotes(request, all[at] ?? new Map()))
  })
  // Nothing to tell of costs nothing (VRD-03).
  if (verdicts.length > 0) await writeBatchWithin(tx, { events: [], verdicts, sights: [], projects })
  return { notes: all, verdicts }
}

function updatesOf(request: JudgedProfiles): readonly PlacedUpdate[] {
  return request.records.flatMap(({ outcome, project }, index) => {
    if (outcome.kind !== 'accepted' || project === undefined) return []
    return [{ request, index, project, update: outcome.update }]
  })
}

/** Whose profile each update is for: the canonical id's, unless the literal one is asked for (ENG-08). */
async function findKeys(
  tx: ProfileTx,
  updates: readonly PlacedUpdate[],
): Promise<ReadonlyMap<PlacedUpdate, ProfileKey>> {
  const resolved = new Map<number, ReadonlyMap<string, string>>()
  for (const projectId of new Set(updates.map(({ project }) => project.id))) {
    const own = updates.filter(({ project, update }) => project.id === projectId && isResolved(update))
    const ids = [...new Set(own.map(({ update }) => update.id))]
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

/** What a batch has made of profiles, and the updates of it that made one where there was none. */
interface Applied {
  readonly changes: ReadonlyMap<string, ProfileChange>
  readonly made: readonly PlacedUpdate[]
}

/** Applies updates one after another, each to what those before it have made of its profile. */
async function applyAll(
  tx: ProfileTx,
  updates: readonly PlacedUpdate[],
  keys: ReadonlyMap<PlacedUpdate, ProfileKey>,
  tell: (placed: PlacedUpdate, notes: readonly Note[]) => void,
): Promise<Applied> {
  const stored = await loadProfiles(tx, [
    ...new Map([...keys.values()].map((key) => [keyText(key), key])).values(),
  ])
  const current = new Map<string, Profile | undefined>(stored)
  const changes = new Map<string, ProfileChange>()
  const made: PlacedUpdate[] = []
  for (const placed of updates) {
    const key = keys.get(placed)
    if (key === undefined) continue
    const text = keyText(key)
    const before = current.get(text)
    const { profile, notes } = applyUpdate(before, placed.update)
    tell(placed, notes)
    if (profile === before) continue
    if (before === undefined) made.push(placed)
    current.set(text, profile)
    changes.set(text, { ...key, profile, isStored: stored.has(text) })
  }
  return { changes, made }
}

/** IDS-27: a profile is made for a user of a name that a device has. */
async function tellUnprefixed(
  tx: ProfileTx,
  made: readonly PlacedUpdate[],
  notes: ReadonlyMap<JudgedProfiles, Map<number, readonly Note[]>>,
): Promise<void> {
  const users = made.filter(({ project, update }) => {
    return project.idManagement === 'simplified' && update.groupKey === ''
  })
  for (const projectId of new Set(users.map(({ project }) => project.id))) {
    const own = users.filter(({ project }) => project.id === projectId)
    const ids = [...new Set(own.map(({ update }) => update.id))]
    const devices = await findUnprefixedDevices(tx, projectId, ids)
    for (const { request, index, update } of own) {
      if (!devices.has(update.id)) continue
      const told = notes.get(request)
      told?.set(index, [...(told.get(index) ?? []), note('profile.unprefixed_device', { id: update.id })])
    }
  }
}
