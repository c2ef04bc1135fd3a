import type { Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/** Every table of records; what a project is, and who may open it, is in others. */
const RECORD_TABLES = [
  'event',
  'identity',
  'identity_link',
  'profile',
  'query_session',
  'verdict',
  'data_task',
  'lookup_table',
  'lookup_row',
] as const

/** Deletes all that was recorded for a project. The caller holds the project's row, so that nothing is added. */
export async function deleteRecords(tx: Transaction<Schema>, projectId: number): Promise<void> {
  for (const table of RECORD_TABLES) {
    await tx.deleteFrom(table).where('project_id', '=', projectId).execute()
  }
}
