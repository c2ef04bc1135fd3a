import type { DataTask, TaskKind } from '../privacy/task.ts'
import { retryAfter } from './errors.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'

/** The requester that answers name; only callers with the admin token get here. */
const REQUESTING_USER = 'admin'

/** A task was accepted: the documented shape, plus the id under the name that other calls use (GDP-02, CON-35). */
export function taskCreated(trackingId: string): ReplyPlan {
  return jsonReply(201, { status: 'ok', results: { task_id: trackingId, tracking_id: trackingId } })
}

/** The tasks of a kind, in the form of the documentation's sample. */
export function taskList(tasks: readonly DataTask[], projectId: number): ReplyPlan {
  const results = tasks.map((task) => ({
    status: task.status,
    disclosure_type: task.disclosureType,
    date_requested: writeTime(task.requestedAtMs),
    tracking_id: task.trackingId,
    project_id: projectId,
    compliance_type: task.complianceType,
    destination_url: null,
    requesting_user: REQUESTING_USER,
    distinct_id_count: task.distinctIds.length,
  }))
  return jsonReply(200, { status: 'ok', results })
}

/**
 * The status of a retrieval (GDP-04); undefined for an unknown task. `link`: where its result is, empty until it is
 * ready; sent under both names that the documentation uses.
 */
export function retrievalStatus(task: DataTask | undefined, link: string): ReplyPlan {
  const status = task?.status ?? 'NOT_FOUND'
  const results = { status, result: link, results: link, distinct_ids: task?.distinctIds ?? [] }
  return jsonReply(200, { status: 'ok', results })
}

/** The status of a deletion (GDP-04); undefined for an unknown task. */
export function deletionStatus(task: DataTask | undefined, trackingId: string, projectId: number): ReplyPlan {
  const results = {
    tracking_id: trackingId,
    status: task?.status ?? 'NOT_FOUND',
    requesting_user: task === undefined ? '' : REQUESTING_USER,
    compliance_type: task?.complianceType ?? '',
    project_id: projectId,
    date_requested: task === undefined ? '' : writeTime(task.requestedAtMs),
    distinct_ids: task?.distinctIds ?? [],
  }
  return jsonReply(200, { status: 'ok', results })
}

/** A deletion was cancelled before it began (GDP-04). */
export const DELETION_CANCELLED: ReplyPlan = { status: 204, contentType: 'application/json', body: '' }

/** A deletion that has begun or ended, or does not exist, cannot be cancelled (GDP-04). */
export const DELETION_NOT_CANCELLED: ReplyPlan = jsonReply(
  405,
  { status: 'error', error: 'the deletion cannot be cancelled: it has started, is over or is not known' },
  { allow: 'GET' },
)

/** An error of these endpoints (GDP-03). In: for a 429, the seconds to wait. */
export function refuseTask(
  status: 400 | 401 | 403 | 404 | 413 | 429,
  error: string,
  waitS?: number,
): ReplyPlan {
  return jsonReply(status, { status: 'error', error }, waitS === undefined ? undefined : retryAfter(waitS))
}

/** The path segment of a kind: `/api/app/<name>/v3.0`. */
export function taskPath(kind: TaskKind): string {
  return `/api/app/data-${kind}s/v3.0`
}

/** `YYYY-MM-DDTHH:MM:SS`, UTC. In: ms since the epoch. */
function writeTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, -5)
}
