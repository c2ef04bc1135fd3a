import { sql } from 'kysely'
import type { JsonObject } from '../core/json.ts'
import type { Db } from './db.ts'
import { type LinkRow, toLinkRow } from './links.ts'
import { canonicalOf, membersOf, type ReadProject } from './members.ts'

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
