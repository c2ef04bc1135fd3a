import { sql } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import type { Db, Queryable } from './db.ts'
import {
  CHUNK_ROWS,
  type Condition,
  deleteChunk,
  deleteEvents,
  EVENTS_BY_TIME,
  type EventKey,
  type Key,
  type KeyedTable,
} from './delete-by-key.ts'
import { dropColumns, dropColumnsIn } from './drop-columns.ts'
import { holdVerdicts, type IdentityTx, sharePartitions } from './locks.ts'
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

/** Ids whose events are deleted together if they have few. */
const SLICE_IDS = 100

/** The events of a hot shard name their user only in a property (TRK-39). */
const isOverflowOf = (ids: string) =>
  `distinct_id = '' and event = '$hotshard_events' and properties ->> 'mp_original_distinct_id' = any(${ids}::text[])`

/**
 * Deletes the events of ids in chunks, each on its own, without a lock: commits of the project go on meanwhile. In:
 * `overflowAfter`, the event number up to which those of hot shards were deleted before; undefined for none. Events that
 * arrive meanwhile may be left, see eraseRest. Errors: those of the database; what was deleted remains so.
 */
export async function eraseEvents(
  db: Db,
  projectId: number,
  distinctIds: readonly string[],
  overflowAfter: bigint | undefined,
): Promise<void> {
  for (let at = 0; at < distinctIds.length; at += SLICE_IDS) {
    const slice = distinctIds.slice(at, at + SLICE_IDS)
    const { rowCount } = await db.pool.query(FEW_EVENTS, [projectId, slice, CHUNK_ROWS])
    if (rowCount === 1) await db.pool.query(ERASE_FEW, [projectId, slice])
    else for (const id of slice) await eraseByKey(db, projectId, EVENTS_BY_TIME, { distinctId: id })
  }
  const ofUsers = { filter: isOverflowOf, value: distinctIds }
  if (overflowAfter === undefined)
    await eraseByKey(db, projectId, EVENTS_BY_TIME, { ...ofUsers, distinctId: '' })
  else await eraseByKey(db, projectId, BY_ARRIVAL, ofUsers, [String(overflowAfter)])
  // They may have any of the values. What is filled from now on is little, and goes in eraseRest.
  await dropColumns(db, projectId)
}

const BY_ARRIVAL: KeyedTable = { table: 'event', key: ['seq'] }

/** A row if the ids have no more events than $3. */
const FEW_EVENTS = `
  select from (
    select 1 from event where project_id = $1 and distinct_id = any($2::text[]) limit $3 + 1
  ) as held having count(*) <= $3`
const ERASE_FEW = 'delete from event where project_id = $1 and distinct_id = any($2::text[])'

async function eraseByKey(
  db: Db,
  projectId: number,
  table: KeyedTable,
  condition: Condition,
  from?: Key,
): Promise<void> {
  let after = from
  do after = await deleteChunk(db.pool, table, projectId, after, condition)
  while (after !== undefined)
}

/**
 * Deletes what is left of all data about ids: events, profiles (hidden ones too), query sessions that list them, and
 * verdicts, which contain the records as sent (GDP-05). Links are kept: they are never undone (IDS-33, IDO-27). In: the
 * last event number under an identity lock before eraseEvents: hot shards write only under it, so that what they have
 * numbered up to there has been deleted. Out: false, and nothing deleted, if more than a chunk of events is left or has arrived.
 *
 * The identity lock prevents changes of links and profiles. Events need no lock: one statement reads what to delete, so
 * that it sees a request that is being committed either as a whole or not at all, and one that it does not see counts as
 * sent after the deletion. Another transaction may be adding a verdict based on one of these records (IDS-24), or on
 * their duplicates, so this waits for such transactions, and locks them out, first.
 */
export async function eraseRest(
  tx: IdentityTx,
  projectId: number,
  distinctIds: readonly string[],
  overflowMark: bigint,
): Promise<boolean> {
  await sharePartitions(tx)
  const { rowCount } = await tx.query(FEW_LEFT, [projectId, distinctIds, CHUNK_ROWS, overflowMark])
  if (rowCount === 0) return false
  await holdVerdicts(tx, projectId)
  await tx.query(HOLD_PENDING_VERDICTS, [projectId, distinctIds])
  const { rows } = await tx.query<EventKey | VerdictKey>(READ_ERASED, [projectId, distinctIds, overflowMark])
  await deleteEvents(tx, projectId, rows.filter(isEvent))
  await dropColumnsIn(tx, projectId)
  await tx.query(ERASE_PROFILES, [projectId, distinctIds])
  await tx.query(ERASE_SESSIONS, [projectId, distinctIds])
  const verdicts = rows.flatMap((row) => (isEvent(row) ? [] : [row.seq]))
  await tx.query(ERASE_VERDICTS, [projectId, verdicts])
  return true
}

/** The number of a verdict, among rows of events. */
interface VerdictKey {
  readonly distinct_id: null
  readonly seq: string
}

function isEvent(row: EventKey | VerdictKey): row is EventKey {
  return row.distinct_id !== null
}

/** A row if neither the events of the ids nor those that have arrived are more than $3. */
const FEW_LEFT = `
  select where (
    select count(*) from (
      select 1 from event where project_id = $1 and distinct_id = any($2::text[]) limit $3 + 1
    ) as held
  ) <= $3 and (
    select count(*) from (select 1 from event where project_id = $1 and seq > $4 limit $3 + 1) as arrived
  ) <= $3`

const HOLD_PENDING_VERDICTS = `
  select from verdict
  where project_id = $1 and pending_device is not null and ids && $2::text[]
  order by seq for update`

const READ_ERASED = `
  select distinct_id, time_ms, seq from event where project_id = $1 and distinct_id = any($2::text[])
  union all
  select distinct_id, time_ms, seq from event
  where project_id = $1 and seq > $3 and ${isOverflowOf('$2')}
  union all
  select null, null, seq from verdict where project_id = $1 and ids && $2::text[]`

const ERASE_PROFILES = `
  delete from profile where project_id = $1 and group_key = '' and distinct_id = any($2::text[])`
const ERASE_SESSIONS = `
  delete from query_session where project_id = $1 and session_id in (
    select session_id from query_session where project_id = $1 and ids && $2::text[]
  )`
const ERASE_VERDICTS = 'delete from verdict where project_id = $1 and seq = any($2::bigint[])'

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
