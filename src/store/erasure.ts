import { sql } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import type { Db, Queryable } from './db.ts'
import { holdVerdicts, type IdentityTx } from './locks.ts'
import { idsOfUsers, type ReadProject } from './members.ts'

/** All ids of the given users, in any identity system (GDP-05, IDL-12). In: one or more ids of each user. */
export async function findIdsOfUsers(
  db: Db,
  project: ReadProject,
  distinctIds: readonly string[],
  on: Queryable = db.pool,
): Promise<readonly string[]> {
  const query = sql`select ${idsOfUsers(project, distinctIds)} as ids`.compile(db.kysely)
  const { rows } = await on.query<{ ids: readonly string[] }>(query.sql, [...query.parameters])
  return rows[0]?.ids ?? []
}

/**
 * Deletes all data about ids: events, profiles (hidden ones too), query sessions that list them, and verdicts, which
 * contain the records as sent (GDP-05). Links are kept: they are never undone (IDS-33, IDO-27).
 *
 * The identity lock prevents changes of links and profiles. Events need no lock: the statement sees a request that is
 * being committed either as a whole or not at all, and one that it does not see counts as sent after the deletion.
 * Another transaction may be adding a verdict based on one of these records (IDS-24), or on their duplicates, so this
 * waits for such transactions, and locks them out, first.
 */
export async function erase(
  tx: IdentityTx,
  projectId: number,
  distinctIds: readonly string[],
): Promise<void> {
  await holdVerdicts(tx, projectId)
  await tx.query(HOLD_PENDING_VERDICTS, [projectId, distinctIds])
  await tx.query(ERASE_RECORDS, [projectId, distinctIds])
}

const HOLD_PENDING_VERDICTS = `
  select from verdict
  where project_id = $1 and pending_device is not null and ids && $2::text[]
  order by seq for update`

/** The events of a hot shard name their user only in a property (TRK-39). */
const ERASE_RECORDS = `
  with profiles as (
    delete from profile where project_id = $1 and group_key = '' and distinct_id = any($2::text[])
  ),
  verdicts as (
    delete from verdict where project_id = $1 and ids && $2::text[]
  ),
  sessions as (
    delete from query_session where project_id = $1 and session_id in (
      select session_id from query_session where project_id = $1 and ids && $2::text[]
    )
  ),
  overflow as (
    delete from event
    where project_id = $1 and distinct_id = '' and event = '$hotshard_events'
      and properties ->> 'mp_original_distinct_id' = any($2::text[])
  )
  delete from event where project_id = $1 and distinct_id = any($2::text[])`

/** A profile and the id under which it is stored. */
export interface KeptProfile {
  readonly distinctId: string
  readonly properties: JsonObject
}

/** The profiles stored under these ids, sorted by id. */
export async function readProfilesOf(
  db: Db,
  projectId: number,
  distinctIds: readonly string[],
): Promise<readonly KeptProfile[]> {
  const rows = await db.kysely
    .selectFrom('profile')
    .select(['distinct_id', 'properties'])
    .where('project_id', '=', projectId)
    .where('group_key', '=', '')
    .where('distinct_id', '=', sql<string>`any(${distinctIds}::text[])`)
    .orderBy('distinct_id')
    .execute()
  return rows.map((row) => ({ distinctId: row.distinct_id, properties: row.properties }))
}
