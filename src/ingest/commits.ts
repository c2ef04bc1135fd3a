import type { StoredEvent } from '../core/event.ts'
import { lengthOfMembers } from '../core/sent-members.ts'
import type { WriteBatch } from '../store/write-batch.ts'
import type { Decisions } from './apply-decisions.ts'
import type { CommitQueue } from './commit-queue.ts'
import type { JudgedRequest } from './judged-request.ts'
import type { ProfileCommit, ProfilesRequest } from './profile-updates.ts'

/** The queues through which requests are committed. */
export interface Commits {
  /** For requests that change no identities: written without the identity lock. */
  readonly unlocked: CommitQueue<WriteBatch, undefined>
  /** For requests that may change identities: decided and written under the identity lock. */
  readonly identity: CommitQueue<JudgedRequest, Decisions>
  /** For profile updates: applied and written under the locks of their rows. */
  readonly profiles: CommitQueue<ProfilesRequest, ProfileCommit>
}

/** The size of a row without its properties: ids, times, name. */
const ROW_OVERHEAD_BYTES = 256

/** The approximate size of a batch, in bytes. */
export function batchBytes({ events, verdicts }: WriteBatch): number {
  let bytes = verdicts.length * ROW_OVERHEAD_BYTES
  for (const event of events) bytes += propertiesBytes(event) + ROW_OVERHEAD_BYTES
  for (const verdict of verdicts) bytes += verdict.record?.length ?? 0
  return bytes
}

function propertiesBytes({ propertiesJson, unread }: StoredEvent): number {
  return propertiesJson.length + (unread === undefined ? 0 : lengthOfMembers(unread))
}

/** The approximate size of the writes of a judged request, in bytes. */
export function requestBytes({ records }: JudgedRequest): number {
  let bytes = 0
  for (const { outcome } of records) {
    bytes += ROW_OVERHEAD_BYTES + (outcome.kind === 'stored' ? propertiesBytes(outcome.event) : 0)
  }
  return bytes
}

/** The approximate size of a request's profile updates as sent, in bytes. RewriteBudget limits what they rewrite. */
export function profilesBytes({ records, sentBytes }: ProfilesRequest): number {
  return sentBytes + records.length * ROW_OVERHEAD_BYTES
}
