import { sql, type Transaction } from 'kysely'
import type { Schema } from './schema.ts'

/**
 * True if a project has received any record whose identities are decided: an event, an id, a link or a profile. After a
 * deletion of its users (GDP-05) the links remain, so that the events alone do not tell. In: `project.id`.
 */
export async function hasRecords(tx: Transaction<Schema>, projectId: number): Promise<boolean> {
  const { rows } = await sql<{ has_records: boolean }>`
    select exists (select 1 from event where project_id = ${projectId})
        or exists (select 1 from identity where project_id = ${projectId})
        or exists (select 1 from identity_link where project_id = ${projectId})
        or exists (select 1 from profile where project_id = ${projectId}) as has_records`.execute(tx)
  return rows[0]?.has_records === true
}
