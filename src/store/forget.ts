import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Schema } from './schema.ts'

/** Every table of records; what a project is, and who may open it, is in others. */
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
/** Rows deleted by one statement: tens of ms, so that a purge holds nobody up. */
const CHUNK_ROWS = 10_000

/**
 * Gives up all that was recorded under an id. Nobody reads it any more once the transaction is committed; purgeNext
 * deletes it. The caller has taken the id from the project, so that nothing is added.
 */
export async function giveUpRecords(tx: Transaction<Schema>, projectId: number): Promise<void> {
  await tx.insertInto('purge').values({ project_id: projectId }).execute()
}

/**
 * Deletes a few thousand records that were given up. Out: false when there are none left. Several servers may do
 * this at once.
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
