import { type WriteBatch, writeBatch } from '../store/batch.ts'
import type { Db } from '../store/db.ts'
import type { JudgedProject } from '../store/events.ts'
import type { Decisions } from './apply-decisions.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { JudgedRequest } from './judged-request.ts'
import type { ProfileCommit, ProfilesRequest } from './profile-updates.ts'
import type { VerdictBounds } from './verdict-bounds.ts'

/** The ways into the store. */
export interface Commits {
  /** For requests that change nothing about who is who: gathered, written without a lock. */
  readonly unlocked: CommitQueue<WriteBatch, undefined>
  /** For those that do: gathered, decided and written under the identity lock. */
  readonly identity: CommitQueue<JudgedRequest, Decisions>
  /** For profile updates: gathered, applied and written under the rows' locks. */
  readonly profiles: CommitQueue<ProfilesRequest, ProfileCommit>
}

/** Writes batches of steady traffic as one. Out: as a commit queue wants it. */
export async function commitUnlocked(
  db: Db,
  bounds: VerdictBounds,
  group: readonly WriteBatch[],
): Promise<readonly undefined[] | undefined> {
  const [only] = group
  const joined = group.length === 1 && only !== undefined ? only : joinBatches(group)
  const batch = { ...joined, verdicts: bounds.admit(joined.verdicts) }
  if (!(await writeBatch(db, batch))) return undefined
  await bounds.count(batch.verdicts)
  return group.map(() => undefined)
}

function joinBatches(group: readonly WriteBatch[]): WriteBatch {
  const projects = new Map<string, JudgedProject>()
  for (const batch of group) {
    for (const project of batch.projects) projects.set(`${project.id}:${project.version}`, project)
  }
  return {
    events: group.flatMap((batch) => batch.events),
    verdicts: group.flatMap((batch) => batch.verdicts),
    firstSeenIds: group.flatMap((batch) => batch.firstSeenIds),
    projects: [...projects.values()],
  }
}

/** What a row costs beside its properties: ids, times, name. */
const ROW_OVERHEAD_BYTES = 256

/** Bytes of a batch, roughly. */
export function batchBytes({ events, verdicts }: WriteBatch): number {
  let bytes = verdicts.length * ROW_OVERHEAD_BYTES
  for (const event of events) bytes += event.propertiesJson.length + ROW_OVERHEAD_BYTES
  for (const verdict of verdicts) bytes += verdict.record?.length ?? 0
  return bytes
}

/** Bytes of what a judged request will write, roughly. */
export function requestBytes({ records }: JudgedRequest): number {
  let bytes = 0
  for (const { outcome } of records) {
    bytes += ROW_OVERHEAD_BYTES + (outcome.kind === 'stored' ? outcome.event.propertiesJson.length : 0)
  }
  return bytes
}

/** Bytes of the profile updates of a request, roughly: of what they came in. What they rewrite: RewriteBudget. */
export function profilesBytes({ records, sentBytes }: ProfilesRequest): number {
  return sentBytes + records.length * ROW_OVERHEAD_BYTES
}
