import { type Selectable, sql } from 'kysely'
import type { DataTask, TaskKind, TaskStatus } from '../core/privacy/task.ts'
import type { Db } from './db.ts'
import { HOLD_PROJECT, type IdentityTx } from './locks.ts'
import type { Schema } from './schema.ts'

/** Maximum number of tasks in a list; the newest are listed. */
const MAX_LISTED = 1_000

/** Stores a new task. False if the project no longer exists. */
export async function insertTask(db: Db, projectId: number, task: DataTask): Promise<boolean> {
  const { rowCount } = await db.pool.query(INSERT_TASK, [
    projectId,
    task.trackingId,
    task.kind,
    task.status,
    task.complianceType,
    task.disclosureType,
    task.distinctIds,
    task.requestedAtMs,
  ])
  return rowCount === 1
}

/** Locks the project, so that deleting it cannot leave a task behind. */
const INSERT_TASK = `
  with live as materialized (${HOLD_PROJECT})
  insert into data_task (project_id, tracking_id, kind, status, compliance_type, disclosure_type, distinct_ids,
                         requested_at_ms)
  select id, $2, $3, $4, $5, $6, $7, $8 from live`

/** The tasks of a kind, newest first. */
export async function listTasks(db: Db, projectId: number, kind: TaskKind): Promise<readonly DataTask[]> {
  const rows = await db.kysely
    .selectFrom('data_task')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('kind', '=', kind)
    .orderBy('seq', 'desc')
    .limit(MAX_LISTED)
    .execute()
  return rows.map(toTask)
}

export async function findTask(
  db: Db,
  projectId: number,
  kind: TaskKind,
  trackingId: string,
): Promise<DataTask | undefined> {
  const row = await db.kysely
    .selectFrom('data_task')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('tracking_id', '=', trackingId)
    .where('kind', '=', kind)
    .executeTakeFirst()
  return row === undefined ? undefined : toTask(row)
}

/** Cancels a deletion that has not started (GDP-04). False if there is none. */
export async function cancelDeletion(db: Db, projectId: number, trackingId: string): Promise<boolean> {
  const updated = await db.kysely
    .updateTable('data_task')
    .set({ status: 'REVOKED' })
    .where('project_id', '=', projectId)
    .where('tracking_id', '=', trackingId)
    .where('kind', '=', 'deletion')
    .where('status', 'in', ['PENDING', 'STAGING'])
    .executeTakeFirst()
  return updated.numUpdatedRows === 1n
}

/** Changes the status of all tasks of some kinds that have a status of `from`. Out: these tasks, oldest first. */
export async function moveTasks(
  db: Db,
  projectId: number,
  kinds: readonly TaskKind[],
  from: readonly TaskStatus[],
  to: TaskStatus,
): Promise<readonly DataTask[]> {
  if (from.length === 0) return []
  const rows = await db.kysely
    .updateTable('data_task')
    .set({ status: to })
    .where('project_id', '=', projectId)
    .where('kind', 'in', kinds)
    .where('status', 'in', from)
    .returningAll()
    .execute()
  return rows.toSorted((a, b) => Number(a.seq) - Number(b.seq)).map(toTask)
}

/** The deletions that have started and not finished, oldest first. */
export async function startedDeletions(db: Db, projectId: number): Promise<readonly DataTask[]> {
  const rows = await db.kysely
    .selectFrom('data_task')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('kind', '=', 'deletion')
    .where('status', '=', 'STARTED')
    .orderBy('seq')
    .execute()
  return rows.map(toTask)
}

/** Locks the row of a started deletion. False if another transaction has finished it. */
export async function holdDeletion(tx: IdentityTx, projectId: number, trackingId: string): Promise<boolean> {
  return (await tx.query(HOLD_DELETION, [projectId, trackingId])).rowCount === 1
}

/** Marks a deletion, of which the row is locked, as finished. */
export async function finishDeletion(tx: IdentityTx, projectId: number, trackingId: string): Promise<void> {
  await tx.query(FINISH_DELETION, [projectId, trackingId])
}

const HOLD_DELETION = `
  select from data_task where project_id = $1 and tracking_id = $2 and status = 'STARTED' for update`
const FINISH_DELETION = `
  update data_task set status = 'SUCCESS' where project_id = $1 and tracking_id = $2`

/** The tracking id of the newest cancellable deletion of exactly these ids. */
export async function findDeletionOf(
  db: Db,
  projectId: number,
  distinctIds: readonly string[],
): Promise<string | undefined> {
  const row = await db.kysely
    .selectFrom('data_task')
    .select('tracking_id')
    .where('project_id', '=', projectId)
    .where('kind', '=', 'deletion')
    .where('status', 'in', ['PENDING', 'STAGING'])
    .where(sql<boolean>`distinct_ids = ${distinctIds}::text[]`)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.tracking_id
}

function toTask(row: Selectable<Schema['data_task']>): DataTask {
  return {
    trackingId: row.tracking_id,
    kind: row.kind,
    status: row.status,
    complianceType: row.compliance_type,
    disclosureType: row.disclosure_type,
    distinctIds: row.distinct_ids,
    requestedAtMs: Number(row.requested_at_ms),
  }
}
