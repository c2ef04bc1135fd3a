import type { Db, Queryable } from './db.ts'
import { holdColumns } from './locks.ts'
import { inTransaction } from './tx.ts'

/** Deletes what the columns of a project hold of the time before one, in ms since the epoch; by default all. */
export async function dropColumns(db: Db, projectId: number, beforeMs?: number): Promise<void> {
  await inTransaction(db, (tx) => dropColumnsIn(tx, projectId, beforeMs))
}

/**
 * The same in a transaction, after it has deleted events, or read which to delete: a transaction that has read one of
 * them to fill a column has ended before, so that its part is deleted, too.
 */
export async function dropColumnsIn(tx: Queryable, projectId: number, beforeMs?: number): Promise<void> {
  await holdColumns(tx, projectId)
  await tx.query(DROP_PARTS, [projectId, beforeMs])
}

const DROP_PARTS = `
  delete from event_column_part where project_id = $1 and ($2::bigint is null or from_ms < $2)`
