import type { Transaction } from 'kysely'
import type { Db, Queryable } from './db.ts'
import { deleteChunk, type Key, type KeyedTable } from './delete-by-key.ts'
import type { Schema } from './schema.ts'
import { inTransaction } from './tx.ts'

/** Every table of records, as opposed to configuration and access, with its primary key after project_id. */
const RECORD_TABLES: readonly KeyedTable[] = [
  { table: 'event', key: ['distinct_id', 'time_ms', 'seq'] },
  { table: 'event_column_part', key: ['column_id', 'from_ms'] },
  { table: 'event_column', key: ['column_id'] },
  { table: 'identity', key: ['distinct_id'] },
  { table: 'identity_link', key: ['from_id', 'seq'] },
  { table: 'identity_pending', key: ['distinct_id', 'seq'] },
  { table: 'profile', key: ['group_key', 'distinct_id'] },
  { table: 'query_session', key: ['session_id', 'page'] },
  { table: 'verdict', key: ['seq'] },
  { table: 'data_task', key: ['tracking_id'] },
  { table: 'lookup_table', key: ['id'] },
  { table: 'lookup_row', key: ['version', 'row_index'] },
  { table: 'client', key: ['lib', 'version', 'encoding', 'host', 'user_agent'] },
]

/**
 * Schedules all records under a `project.id` for deletion by purgeNext. The caller removes the id from the project in
 * the same transaction, so that these records are no longer read, and none are added.
 */
export async function schedulePurge(tx: Transaction<Schema>, projectId: number): Promise<void> {
  await tx.insertInto('purge').values({ project_id: projectId }).execute()
}

/** True if records are scheduled for deletion. */
export async function hasPurges(db: Db): Promise<boolean> {
  return (await db.pool.query(HAS_PURGES)).rowCount !== 0
}

const HAS_PURGES = 'select from purge limit 1'

/** How far the purge of a project has got: in RECORD_TABLES, and in that table. */
export interface PurgePosition {
  readonly projectId: number
  readonly table: number
  readonly after: Key | undefined
}

/**
 * Deletes a chunk of the records that are scheduled for deletion, after the position that the call before gave. Out: the
 * next position; undefined if nothing is left but what other servers are deleting. Any number of servers may do this at
 * once: each locks the row of the project that it works on, and passes over those locked by others. That row is removed
 * only if all tables are empty in the same transaction, so that no rows are left behind.
 */
export async function purgeNext(db: Db, at?: PurgePosition): Promise<PurgePosition | undefined> {
  return await inTransaction(db, async (tx) => {
    const { rows } = await tx.query<{ project_id: number }>(TAKE_PURGE, [at?.projectId ?? 0])
    const projectId = rows[0]?.project_id
    if (projectId === undefined) return undefined
    const { table, after } = at?.projectId === projectId ? at : { table: 0, after: undefined }
    const records = RECORD_TABLES[table]
    if (records !== undefined) {
      const last = await deleteChunk(tx, records, projectId, after)
      return { projectId, table: last === undefined ? table + 1 : table, after: last }
    }
    const first = await findRemaining(tx, projectId)
    if (first === undefined) await tx.query(END_PURGE, [projectId])
    return { projectId, table: first ?? RECORD_TABLES.length, after: undefined }
  })
}

/** Prefers the project that the caller has begun with, of which it knows the position. */
const TAKE_PURGE = `
  select project_id from purge order by project_id = $1 desc, project_id limit 1 for update skip locked`
const END_PURGE = 'delete from purge where project_id = $1'

/** The index of the first table that has records of a project. */
async function findRemaining(tx: Queryable, projectId: number): Promise<number | undefined> {
  for (const [index, { table }] of RECORD_TABLES.entries()) {
    const findOne = `select from ${table} where project_id = $1 limit 1`
    if ((await tx.query(findOne, [projectId])).rowCount !== 0) return index
  }
  return undefined
}
