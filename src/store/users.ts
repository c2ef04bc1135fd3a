import { sql } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import type { Db } from './db.ts'
import { MAX_COUNTED_EVENTS, statsOf, statsOnWorkers, toCount } from './event-stats.ts'
import { type LinkRow, toLinkRow } from './links.ts'
import { canonicalOf, isRetroactive, type ReadProject } from './members.ts'

/** An id of a user. */
export interface MemberRow {
  readonly distinctId: string
  readonly isAlias: boolean
  readonly isIdentified: boolean
}

/** The number of a user's events, duplicates counted once, and the times of the first and the last. */
export interface EventStats {
  /** Of more than MAX_COUNTED_EVENTS, the number of those that were counted. */
  readonly count: number
  readonly hasMore: boolean
  /** Ms since the epoch; null without events. */
  readonly firstMs: number | null
  readonly lastMs: number | null
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

/** Counts the events under all ids of a user. In: its canonical id. */
export async function readEventStats(db: Db, project: ReadProject, canonical: string): Promise<EventStats> {
  const values = [project.id, canonical, isRetroactive(project), MAX_COUNTED_EVENTS + 1]
  const { rows } = await db.pool.query<StatsRow>({ ...READ_EVENT_STATS, values })
  const [row] = rows
  const toMs = (text: string | null | undefined) => (text == null ? null : Number(text))
  return {
    ...toCount(row ?? { events: '0', stored: '0' }),
    firstMs: toMs(row?.first),
    lastMs: toMs(row?.last),
  }
}

/** Bigints, as text. */
interface StatsRow {
  readonly events: string
  readonly stored: string
  readonly first: string | null
  readonly last: string | null
}

const READ_EVENT_STATS = {
  text: `
    select stats.* from (
      select array_prepend($2::text, coalesce(array_agg(distinct_id), '{}')) as ids from identity
      where project_id = $1 and canonical = $2 and distinct_id <> $2 and $3
    ) as members
    cross join lateral (${statsOf('members.ids', '$1', '$4')}) as stats`,
  distributed: `
    with members as materialized (
      select distinct_id from identity where project_id = $1 and canonical = $2 and distinct_id <> $2 and $3
    ),
    own as materialized (
      select $2::text as user_id, $2::text as id union all select $2::text, distinct_id from members
    ),
    ${statsOnWorkers('$1', '$4')}
    select coalesce(stats.stored, 0) as stored, coalesce(stats.events, 0) as events, stats.first, stats.last
    from (select $2::text as user_id) as asked left join stats using (user_id)`,
}

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
