import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Schema } from './schema.ts'

/** Every table of records, as opposed to configuration and access. */
const RECORD_TABLES = [
  'event',
  'identity',
  'identity_link',
  'identity_pending',
  'profile',
  'query_session',
  'verdict',
  'data_task',
  'lookup_table',
  'lookup_row',
  'client',
] as const
/** Rows deleted per statement; it takes tens of ms, so that a purge delays nothing else. */
const CHUNK_ROWS = 10_000

/**
 * Schedules all records under a `project.id` for deletion by purgeNext. The caller removes the id from the project in
 * the same transaction, so that these records are no longer read, and none are added.
 */
export async function schedulePurge(tx: Transaction<Schema>, projectId: number): Promise<void> {
  await tx.insertInto('purge').values({ project_id: projectId }).execute()
}

/**
 * Deletes a few thousand records that are scheduled for deletion. Out: false if there are none left. Several servers may
 * do this at once.
 */
export async function purgeNext(db: Db): Promise<boolean> {
  const next = await db.kysely.selectFrom('purge').select('project_id').limit(1).executeTakeFirst()
  if (next === undefined) return false
  const { project_id: projectId } = next
  for (const table of RECORD_TABLES) {
    const { numAffectedRows = 0n } = await sql`
      delete from ${sql.table(table)} where ctid = any(array(
        select ctid from ${sql.table(table)} where project_id = ${projectId} limit ${CHUNK_ROWS}
      ))`.execute(db.kysely)
    if (numAffectedRows >= CHUNK_ROWS) return true
  }
  await db.kysely.deleteFrom('purge').where('project_id', '=', projectId).execute()
  return true
}
