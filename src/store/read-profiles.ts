import { type RawBuilder, sql } from 'kysely'
import type { Expression } from '../core/segmentation/ast.ts'
import type { Db } from './db.ts'
import { type PropertySql, whereSql } from './expression-sql.ts'
import { holdProject } from './locks.ts'
import { shownCanonical } from './pending-merges.ts'

/** Conditions on profiles; an absent one matches all. */
export interface ProfileFilter {
  readonly projectId: number
  /** Empty for users. */
  readonly groupKey: string
  readonly distinctIds?: readonly string[] | undefined
  /** Only ids after this one, in byte order. */
  readonly after?: string | undefined
  /** Only profiles for which this is true (QRY-15). */
  readonly where?: Expression | undefined
  /** Includes profiles of ids linked to another id: in legacy projects aliases hide no profiles (IDL-10). */
  readonly listsLinked?: boolean
  /** Resolves identities as of this time by the project's clock, in ms since the epoch; by default now (IDS-32). */
  readonly shownAsOfMs?: number | undefined
}

/** A page of ids, in byte order, and the number of ids on all pages. */
export interface FoundProfiles {
  readonly ids: readonly string[]
  readonly total: number
}

export interface ProfileRow {
  readonly id: string
  /** A JSON object. */
  readonly propertiesJson: string
}

/** The ids of the first profiles that match a filter, except those hidden by a merge or a link (IDO-24, IDS-28). */
export async function findFirstProfiles(
  db: Db,
  filter: ProfileFilter,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    ${matching(filter)} order by profile.distinct_id limit ${limit}`.execute(db.kysely)
  return rows.map((row) => row.id)
}

/** The ids of profiles that match a filter, as a statement. */
export function matching({
  projectId,
  groupKey,
  distinctIds,
  after,
  where,
  listsLinked = false,
  shownAsOfMs,
}: ProfileFilter): RawBuilder<unknown> {
  const conditions = [sql`profile.project_id = ${projectId}`, sql`profile.group_key = ${groupKey}`]
  if (distinctIds !== undefined) conditions.push(sql`profile.distinct_id = any(${distinctIds}::text[])`)
  if (after !== undefined) conditions.push(sql`profile.distinct_id > ${after}`)
  if (groupKey === '' && !listsLinked) conditions.push(isReachable(shownAsOfMs))
  if (where !== undefined) conditions.push(whereSql(where, profileProperty))
  return sql`select profile.distinct_id as id from profile where ${sql.join(conditions, sql` and `)}`
}

const isReachable = (asOfMs: number | undefined) => sql`not exists (
  select from identity as linked
  where linked.project_id = profile.project_id and linked.distinct_id = profile.distinct_id
    and ${shownCanonical('linked', asOfMs)} <> linked.distinct_id
)`

const profileProperty: PropertySql = (_source, name) =>
  name === '$distinct_id' ? sql`to_jsonb(profile.distinct_id)` : sql`(profile.properties -> ${name}::text)`

/** A session to store, for a query with several pages. */
export interface NewSession {
  readonly id: string
  /** Ms since the epoch. */
  readonly atMs: number
  readonly pageSize: number
}

/** Finds all profiles that match a filter, stores their ids as pages of a session, and returns the first (QRY-12). */
export async function openSession(
  db: Db,
  filter: ProfileFilter,
  { id, atMs, pageSize }: NewSession,
): Promise<FoundProfiles> {
  const { projectId } = filter
  const { rows } = await sql<{ ids: readonly string[] | null; total: number }>`
    with live as materialized (${holdProject(projectId)}),
    matched as materialized (
      select id, row_number() over (order by id) - 1 as place from (${matching(filter)}) as found
    ),
    counted as materialized (select count(*)::integer as total from matched),
    paged as materialized (
      select (place / ${pageSize}::integer)::integer as page, array_agg(id order by place) as ids
      from matched group by 1
    ),
    kept as (
      insert into query_session (project_id, session_id, page, ids, total, at_ms)
      select live.id, ${id}, page, ids, total, ${atMs} from paged, counted, live
    )
    select total, (select ids from paged where page = 0) as ids from counted`.execute(db.kysely)
  const [row] = rows
  return { ids: row?.ids ?? [], total: row?.total ?? 0 }
}

/** A page of a session; without ids beyond the last page. Undefined if the session does not exist or has expired. */
export async function readSession(
  db: Db,
  projectId: number,
  { id, page, fromMs }: { readonly id: string; readonly page: number; readonly fromMs: number },
): Promise<FoundProfiles | undefined> {
  const rows = await db.kysely
    .selectFrom('query_session')
    .select(['page', 'ids', 'total'])
    .where('project_id', '=', projectId)
    .where('session_id', '=', id)
    .where('page', 'in', [0, page])
    .where('at_ms', '>=', String(fromMs))
    .execute()
  const [first] = rows
  if (first === undefined) return undefined
  return { ids: rows.find((row) => row.page === page)?.ids ?? [], total: first.total }
}

/** Deletes a project's sessions that started before `fromMs`, and all but the newest `keep`. */
export async function pruneSessions(db: Db, projectId: number, keep: number, fromMs: number): Promise<void> {
  await db.pool.query(PRUNE_SESSIONS, [projectId, keep, fromMs])
}

const PRUNE_SESSIONS = `
  delete from query_session where project_id = $1 and session_id in (
    select session_id from (
      select session_id, at_ms, row_number() over (order by at_ms desc, session_id) as place
      from query_session where project_id = $1 and page = 0
    ) as begun
    where place > $2 or at_ms < $3
  )`

/**
 * The profiles with these ids, in this order; a deleted one is returned as empty. In: the names of the properties to
 * read; undefined for all.
 */
export async function readProfileRows(
  db: Db,
  { projectId, groupKey }: ProfileFilter,
  ids: readonly string[],
  names: readonly string[] | undefined,
): Promise<readonly ProfileRow[]> {
  const values = [projectId, groupKey, ids, names ?? null]
  const { rows } = await db.pool.query<{ id: string; properties: string }>({
    ...READ_PROFILE_ROWS,
    values,
  })
  return rows.map((row) => ({ id: row.id, propertiesJson: row.properties }))
}

const readRowsOf = (profiles: string) => `
  select asked.id, coalesce(
    case when $4::text[] is null then profile.properties else (
      select jsonb_object_agg(key, value) from jsonb_each(profile.properties) where key = any($4::text[])
    ) end, '{}')::text as properties
  from unnest($3::text[]) with ordinality as asked (id, place)
  left join ${profiles} as profile
    on profile.project_id = $1 and profile.group_key = $2 and profile.distinct_id = asked.id
  order by asked.place`
const READ_PROFILE_ROWS = {
  text: readRowsOf('profile'),
  distributed: readRowsOf(
    '(select * from profile where project_id = $1 and distinct_id = any($3::text[]) offset 0)',
  ),
}
