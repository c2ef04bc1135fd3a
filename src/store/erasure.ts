import { sql } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import type { Db, Queryable } from './db.ts'
import { holdVerdicts, type IdentityTx } from './locks.ts'
import { idsOfUsers, type ReadProject } from './members.ts'

/** Every id of users, each named by any of its ids, whatever the identity system (GDP-05, IDL-12). */
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
 * Deletes what is held about ids: events, profiles, those hidden by a merge among them, queries that list them, and
 * verdicts, which hold the records as they came (GDP-05). Links stay: they are never undone (IDS-33, IDO-27).
 *
 * The identity lock keeps links and profiles as they are. Events need no lock: one statement sees each request that is
 * being committed whole, or not at all, and what it does not see came after the deletion. A verdict that is due may be
 * in the making, from one of these records (IDS-24), or of their copies: so those are waited for, and held, first.
 */
export async function erase(
  tx: IdentityTx,
  projectId: number,
  distinctIds: readonly string[],
): Promise<void> {
  await holdVerdicts(tx, projectId)
  await tx.query(HOLD_PENDING, [projectId, distinctIds])
  await tx.query(ERASE, [projectId, distinctIds])
}

const HOLD_PENDING = `
  select from verdict
  where project_id = $1 and pending_device is not null and ids && $2::text[]
  order by seq for update`

/** A hot shard's events are the user's by name only (TRK-39). */
const ERASE = `
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

/** A profile and the id that it is kept under. */
export interface KeptProfile {
  readonly distinctId: string
  readonly properties: JsonObject
}

/** The profiles of ids, by id. */
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
