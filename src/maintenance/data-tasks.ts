import { nowOf } from '../core/clock.ts'
import { toStorable } from '../core/normalise/text.ts'
import {
  type DataTask,
  TASK_STEPS,
  type TaskKind,
  type TaskRequest,
  type TaskStep,
} from '../core/privacy/task.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { readLastEvent } from '../store/arrivals.ts'
import {
  cancelDeletion,
  findDeletionOf,
  findTask,
  finishDeletion,
  holdDeletion,
  insertTask,
  listTasks,
  moveTasks,
  startedDeletions,
} from '../store/data-tasks.ts'
import type { Db } from '../store/db.ts'
import { eraseEvents, eraseRest, findIdsOfUsers } from '../store/erasure.ts'
import { type IdentityTx, inIdentityTransaction } from '../store/locks.ts'
import { findProject } from '../store/projects.ts'
import { withRetry } from '../store/tx.ts'

export interface TaskDeps {
  readonly db: Db
  /** The current time, in ms since the epoch. */
  readonly clock: () => number
  readonly newId: () => string
  /** The cache of names, which contains ids. */
  readonly names: { forget(projectId: number): void }
}

/** Creates a task, which waits until it is advanced. Out: its tracking id; undefined if the project does not exist. */
export async function createTask(
  project: Project,
  kind: TaskKind,
  request: TaskRequest,
  { db, clock, newId }: TaskDeps,
): Promise<string | undefined> {
  const trackingId = newId()
  const requestedAtMs = nowOf(project, clock())
  const task: DataTask = { ...request, trackingId, kind, status: 'PENDING', requestedAtMs }
  return (await insertTask(db, project.id, task)) ? trackingId : undefined
}

/** Identifies a deletion to cancel, by its tracking id or by exactly the ids that it was to delete (CON-35). */
export type DeletionName = { readonly trackingId: string } | { readonly distinctIds: readonly string[] }

/** Cancels a deletion that has not started (GDP-04). False if it has started, is over or is unknown. */
export async function cancelTask(project: Project, name: DeletionName, { db }: TaskDeps): Promise<boolean> {
  const trackingId =
    'trackingId' in name ? name.trackingId : await findDeletionOf(db, project.id, name.distinctIds)
  return trackingId !== undefined && (await cancelDeletion(db, project.id, toStorable(trackingId)))
}

interface AdvancedTask {
  readonly tracking_id: string
  readonly kind: TaskKind
  readonly status: TaskStep
}

/**
 * Advances a project's waiting tasks and carries them out, which takes Mixpanel up to 30 days (GDP-05). A deletion that
 * fails stays started, and can be advanced again.
 */
export async function advanceTasks(
  project: Project,
  to: Exclude<TaskStep, 'PENDING'>,
  deps: TaskDeps,
): Promise<Result<readonly AdvancedTask[], 'unknown_project'>> {
  const { db } = deps
  const before = TASK_STEPS.slice(0, TASK_STEPS.indexOf(to))
  if (to !== 'SUCCESS')
    return ok((await moveTasks(db, project.id, BOTH, before, to)).map((task) => showAdvanced(task, to)))
  const retrieved = await moveTasks(db, project.id, ['retrieval'], before, to)
  // First to a state in which it cannot be cancelled.
  await moveTasks(db, project.id, ['deletion'], ['PENDING', 'STAGING'], 'STARTED')
  const erased: DataTask[] = []
  for (const task of await startedDeletions(db, project.id)) {
    if (!(await eraseUsers(project, task, deps))) return err('unknown_project')
    erased.push(task)
  }
  if (erased.length > 0) deps.names.forget(project.id)
  return ok([...retrieved, ...erased].map((task) => showAdvanced(task, to)))
}

const BOTH: readonly TaskKind[] = ['retrieval', 'deletion']

function showAdvanced({ trackingId, kind }: DataTask, status: TaskStep): AdvancedTask {
  return { tracking_id: trackingId, kind, status }
}

/**
 * Deletes all data about the users of a task: most events in chunks, during which commits go on, and what is left, and
 * has arrived since, at once, so that of each concurrent request all or nothing is deleted. False if the project does
 * not exist.
 */
async function eraseUsers(project: Project, task: DataTask, { db }: TaskDeps): Promise<boolean> {
  let mark: bigint | undefined
  for (;;) {
    const current = await findProject(db, { publicId: project.publicId })
    if (current === undefined) return false
    const next = await underLock(db, current, readLastEvent)
    // Undefined: the project changed between the two statements, so try again with its new version.
    if (next === undefined) continue
    const ids = await findIdsOfUsers(db, current, task.distinctIds)
    await withRetry(() => eraseEvents(db, current.id, ids, mark), ignore)
    mark = next
    const isDone = await underLock(db, current, async (tx) => {
      if (!(await holdDeletion(tx, current.id, task.trackingId))) return true
      // Others may have become ids of the users.
      const all = await findIdsOfUsers(db, current, task.distinctIds, tx)
      if (!(await eraseRest(tx, current.id, all, next))) return false
      await finishDeletion(tx, current.id, task.trackingId)
      return true
    })
    if (isDone === true) return true
  }
}

/** Runs a transaction under the identity lock. Out: undefined if the project changed. */
async function underLock<T>(db: Db, project: Project, run: (tx: IdentityTx) => Promise<T>) {
  return await withRetry(() => inIdentityTransaction(db, [project], run), ignore)
}

const ignore = () => undefined

export async function readTask(
  project: Project,
  kind: TaskKind,
  trackingId: string,
  { db }: TaskDeps,
): Promise<DataTask | undefined> {
  return await findTask(db, project.id, kind, toStorable(trackingId))
}

/** A project's tasks of a kind, the newest first. */
export async function readTasks(
  project: Project,
  kind: TaskKind,
  { db }: TaskDeps,
): Promise<readonly DataTask[]> {
  return await listTasks(db, project.id, kind)
}
