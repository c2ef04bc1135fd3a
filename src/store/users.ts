import { sql } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import type { Db } from './db.ts'
import { type LinkRow, toLinkRow } from './links.ts'
import { canonicalOf, isRetroactive, membersOf, type ReadProject } from './members.ts'

/** An id of a user. */
export interface MemberRow {
  readonly distinctId: string
  readonly isAlias: boolean
  readonly isIdentified: boolean
}

/** The number of a user's events, duplicates counted once, and the times of the first and the last. */
export interface EventStats {
  readonly count: number
  /** Ms since the epoch; null without events. */
  readonly firstMs: number | null
  readonly lastMs: number | null
}

/** A user in a list. */
export interface UserRow {
  readonly canonical: string
  readonly distinctIds: readonly string[]
  readonly events: number
  readonly profile: JsonObject | null
}

/** The canonical id of the user that an id belongs to; the id itself if it is unknown. */
export async function findCanonical(db: Db, project: ReadProject, distinctId: string): Promise<string> {
  const { rows } = await sql<{ canonical: string }>`
    select ${canonicalOf(project, distinctId)} as canonical`.execute(db.kysely)
  return rows[0]?.canonical ?? distinctId
}

/** The rows of a user's ids; none for an id that is not linked, unless an original project has received it. */
export async function readMembers(
  db: Db,
  project: ReadProject,
  canonical: string,
): Promise<readonly MemberRow[]> {
  const rows = await db.kysely
    .selectFrom('identity')
    .select(['distinct_id', 'is_alias', 'is_identified'])
    .where('project_id', '=', project.id)
    .where('canonical', '=', canonical)
    .orderBy('first_seen_seq')
    .execute()
  return rows.map((row) => ({
    distinctId: row.distinct_id,
    isAlias: row.is_alias,
    isIdentified: row.is_identified,
  }))
}

/** The links that formed a user, in order. In: all ids of the user. */
export async function readLinks(
  db: Db,
  project: ReadProject,
  members: readonly string[],
): Promise<readonly LinkRow[]> {
  const rows = await db.kysely
    .selectFrom('identity_link')
    .selectAll()
    .where('project_id', '=', project.id)
    .where('from_id', '=', sql<string>`any(${members})`)
    .orderBy('seq')
    .execute()
  return rows.map(toLinkRow)
}

/** Counts the events under all ids of a user. In: any of them. */
export async function readEventStats(db: Db, project: ReadProject, distinctId: string): Promise<EventStats> {
  const { rows } = await sql<{ count: string; first: string | null; last: string | null }>`
    select count(distinct (event, time_ms, insert_id)) as count, min(time_ms) as first, max(time_ms) as last
    from event
    where project_id = ${project.id} and distinct_id = any(${membersOf(project, [distinctId])}::text[])
  `.execute(db.kysely)
  const [row] = rows
  const toMs = (text: string | null | undefined) => (text == null ? null : Number(text))
  return { count: Number(row?.count ?? 0), firstMs: toMs(row?.first), lastMs: toMs(row?.last) }
}

/** Maximum ids of events scanned for one page, which may therefore have fewer users than the limit. */
const MAX_SCANNED = 2_000
/** Maximum ids listed per user. */
const MAX_LISTED_IDS = 1_000

/**
 * A page of the users that have an event, a profile or a link, by canonical id in byte order. Out: the users, and the id
 * after which the next page starts; undefined on the last page.
 */
export async function readUserPage(
  db: Db,
  project: ReadProject,
  after: string,
  limit: number,
): Promise<{ readonly users: readonly UserRow[]; readonly next: string | undefined }> {
  const { rows } = await db.pool.query<{ id: string | null; last: string | null }>(LIST_USER_IDS, [
    project.id,
    after,
    MAX_SCANNED,
    // One more, to see whether there is a next page.
    limit + 1,
    isRetroactive(project),
  ])
  const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]))
  const shown = ids.slice(0, limit)
  const next = ids.length > limit ? shown.at(-1) : (rows[0]?.last ?? undefined)
  return { users: await describeUsers(db, project, shown), next }
}

/** Steps from one id to the next by the index, so that the number of events per id does not matter. */
const LIST_USER_IDS = `
  with recursive scan (id, place) as (
    (select distinct_id, 1 from event
     where project_id = $1 and distinct_id > $2 order by distinct_id limit 1)
    union all
    select (select distinct_id from event
            where project_id = $1 and distinct_id > scan.id order by distinct_id limit 1), place + 1
    from scan where scan.id is not null and place < $3
  ),
  bound as (
    select case when count(*) filter (where id is not null) >= $3 then max(id) end as last from scan
  ),
  ids as (
    select scan.id from scan
    left join identity on identity.project_id = $1 and identity.distinct_id = scan.id and $5
    where scan.id is not null and coalesce(identity.canonical, scan.id) = scan.id
    union
    (select distinct canonical from identity
     where project_id = $1 and canonical > $2 and canonical <> distinct_id
     order by canonical limit $4)
    union
    (select distinct_id from profile
     where project_id = $1 and group_key = '' and distinct_id > $2
       and not exists (
         select from identity
         where identity.project_id = $1 and identity.distinct_id = profile.distinct_id
           and identity.canonical <> identity.distinct_id and $5
       )
     order by distinct_id limit $4)
  ),
  page as (
    select ids.id from ids, bound where bound.last is null or ids.id <= bound.last order by ids.id limit $4
  )
  select page.id, bound.last from bound left join page on true order by page.id`

async function describeUsers(
  db: Db,
  project: ReadProject,
  canonicals: readonly string[],
): Promise<readonly UserRow[]> {
  if (canonicals.length === 0) return []
  const values = [project.id, canonicals, isRetroactive(project), MAX_LISTED_IDS]
  const { rows } = await db.pool.query<DescribedRow>(DESCRIBE_USERS, values)
  return rows.map((row) => {
    return { canonical: row.id, distinctIds: row.ids, events: Number(row.events), profile: row.profile }
  })
}

interface DescribedRow {
  readonly id: string
  readonly ids: readonly string[]
  /** A bigint, as text. */
  readonly events: string
  readonly profile: JsonObject | null
}

const DESCRIBE_USERS = `
  select asked.id, members.ids[1:$4] as ids, (
    select count(distinct (event, time_ms, insert_id)) from event
    where project_id = $1 and distinct_id = any(case when $3 then members.ids else array[asked.id] end)
  ) as events, (
    select properties from profile
    where project_id = $1 and group_key = '' and distinct_id = asked.id
  ) as profile
  from unnest($2::text[]) with ordinality as asked (id, place)
  cross join lateral (
    select array_prepend(asked.id, coalesce(array_agg(distinct_id order by first_seen_seq), '{}')) as ids
    from identity
    where project_id = $1 and canonical = asked.id and distinct_id <> asked.id
  ) as members
  order by asked.place`

/** The profile of a user, by canonical id, or of a group; null if there is none. */
export async function readProfile(
  db: Db,
  project: ReadProject,
  id: string,
  groupKey = '',
): Promise<JsonObject | null> {
  const row = await db.kysely
    .selectFrom('profile')
    .select('properties')
    .where('project_id', '=', project.id)
    .where('group_key', '=', groupKey)
    .where('distinct_id', '=', id)
    .executeTakeFirst()
  return row?.properties ?? null
}

/** The number of events under each of these ids, without ids that have none: the separate users of Legacy (IDL-02). */
export async function readSeparateEvents(
  db: Db,
  project: ReadProject,
  distinctIds: readonly string[],
): Promise<readonly { readonly id: string; readonly events: number }[]> {
  const { rows } = await db.pool.query<{ id: string; events: string }>(COUNT_EVENTS_BY_ID, [
    project.id,
    distinctIds,
  ])
  return rows.map((row) => ({ id: row.id, events: Number(row.events) }))
}

const COUNT_EVENTS_BY_ID = `
  select distinct_id as id, count(distinct (event, time_ms, insert_id)) as events from event
  where project_id = $1 and distinct_id = any($2::text[])
  group by distinct_id order by distinct_id`
