import { type RawBuilder, sql } from 'kysely'
import type { Db } from './db.ts'
import { lastEvent, lastEventsOnWorkers } from './last-event.ts'
import { describeUsers, type UserPage } from './list-users.ts'
import { appliesTo, isRetroactive, type ReadProject } from './members.ts'
import type { SeenPlace } from './seen-users.ts'

/** Maximum users found by each of the four ways, which makes a search for a letter or two quick. */
const MAX_FOUND = 1_000
/** Maximum rows read of each table: the newest events, and any of the links and the profiles. */
const MAX_SEARCHED = 1_000_000
const MAX_FETCHED = 100_000

/** The order of the users found, and the place after which the page starts; undefined for the first. */
export interface FindOrder {
  /** By the last event; by id if false. */
  readonly isBySeen: boolean
  readonly after: SeenPlace | undefined
}

/**
 * A page of the users who have a text in one of their ids, their name, e-mail address or phone number, ignoring case.
 * Ids that neither a link nor one of the newest events has are found by how they begin.
 */
export async function findUsers(
  db: Db,
  project: ReadProject,
  text: string,
  order: FindOrder,
  limit: number,
): Promise<UserPage<SeenPlace>> {
  const isDistributed = await db.shared.isDistributed()
  const latest = isDistributed
    ? sql`found left join latest using (id)`
    : sql`found left join lateral (${lastEvent(project, sql`found.id`)}) as latest on true`
  const { rows } = await sql<FoundRow>`
    ${isDistributed ? foundOnWorkers(project, text) : found(project, text)}
    select found.id, latest.time_ms, latest.seq from ${latest}
    where ${isAfter(order)}
    order by ${order.isBySeen ? sql`latest.time_ms desc nulls last, latest.seq desc, found.id` : sql`found.id`}
    limit ${limit + 1}`.execute(db.kysely)
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  const ids = shown.map(({ id }) => id)
  return { users: await describeUsers(db, project, ids), next: last && placeOf(last, order.isBySeen) }
}

/** The users with a text as CTEs; the last is `found`. */
function found(project: ReadProject, text: string): RawBuilder<unknown> {
  return sql`
    with recursive ${byStart(project, text)},
    named as (
      (select distinct_id from starts where distinct_id is not null)
      union
      (${inEvents(project, text, MAX_SEARCHED)})
    ),
    found as (
      select coalesce(identity.canonical, named.distinct_id) as id from named
      left join identity on identity.project_id = ${project.id} and identity.distinct_id = named.distinct_id
        and ${isRetroactive(project)}
      union
      (${inLinks(project, text)})
      union
      (${inProfiles(project, text)})
    )`
}

/** The same of distributed tables, with their last events. The coordinator gets all events that are searched: fewer. */
function foundOnWorkers(project: ReadProject, text: string): RawBuilder<unknown> {
  const startsWith = (start: RawBuilder<unknown>) => sql`
    select distinct distinct_id from event
    where project_id = ${project.id} and distinct_id >= ${start} and distinct_id < ${start} || chr(1114111)
    order by distinct_id limit ${MAX_FOUND}`
  return sql`
    with ids as materialized (${startsWith(sql`${text}::text`)}),
    devices as materialized (${startsWith(sql`('$device:' || ${text}::text)`)}),
    events as materialized (${inEvents(project, text, MAX_FETCHED)}),
    named as materialized (
      select distinct_id from ids union select distinct_id from devices union select distinct_id from events
    ),
    known as materialized (
      select distinct_id, canonical from identity
      where project_id = ${project.id} and distinct_id in (select distinct_id from named) and ${isRetroactive(project)}
    ),
    links as materialized (${inLinks(project, text)}),
    profiles as materialized (${inAllProfiles(project, text)}),
    found as materialized (
      select coalesce(known.canonical, named.distinct_id) as id from named left join known using (distinct_id)
      union
      select canonical from links
      union
      select distinct_id from profiles
    ),
    ${lastEventsOnWorkers(project, 'found')}`
}

interface FoundRow {
  readonly id: string
  /** Bigints, as text; null without events. */
  readonly time_ms: string | null
  readonly seq: string | null
}

function placeOf({ id, time_ms, seq }: FoundRow, isBySeen: boolean): SeenPlace {
  return isBySeen && time_ms !== null && seq !== null ? { lastMs: Number(time_ms), seq } : { id }
}

function isAfter({ isBySeen, after }: FindOrder): RawBuilder<boolean> {
  if (after === undefined) return sql`true`
  if (!('id' in after)) {
    return sql`(latest.time_ms is null or (latest.time_ms, latest.seq) < (${after.lastMs}::bigint, ${after.seq}::bigint))`
  }
  return isBySeen ? sql`latest.time_ms is null and found.id > ${after.id}` : sql`found.id > ${after.id}`
}

/** A condition on a column, as SQL: it has the text, ignoring case. The collation of ids, C, has the cases of ASCII only. */
function has(column: RawBuilder<unknown>, text: string): RawBuilder<boolean> {
  return sql`position(lower(${text}::text) in lower(${column} collate "default")) > 0`
}

/** A recursive query `starts`: ids of events that begin with the text, or are a device's whose id does, by the index. */
function byStart({ id: projectId }: ReadProject, text: string): RawBuilder<unknown> {
  // U+10FFFF sorts after all characters of ids.
  const next = (start: RawBuilder<unknown>, operator: RawBuilder<unknown>) => sql`
    (select event.distinct_id from event
     where event.project_id = ${projectId} and event.distinct_id ${operator} ${start}
       and event.distinct_id < prefix || chr(1114111)
     order by event.distinct_id limit 1)`
  return sql`
    starts (prefix, distinct_id, place) as (
      select prefix, ${next(sql`prefix`, sql`>=`)}, 1
      from unnest(array[${text}::text, '$device:' || ${text}::text]) as prefixes (prefix)
      union all
      select prefix, ${next(sql`starts.distinct_id`, sql`>`)}, place + 1
      from starts where starts.distinct_id is not null and place < ${MAX_FOUND}
    )`
}

function inEvents({ id: projectId }: ReadProject, text: string, most: number): RawBuilder<unknown> {
  return sql`
    select recent.distinct_id from (
      select distinct_id from event where project_id = ${projectId}
      order by time_ms desc, seq desc limit ${most}
    ) as recent
    where ${has(sql`recent.distinct_id`, text)} and recent.distinct_id <> '' limit ${MAX_FOUND}`
}

function inLinks({ id: projectId }: ReadProject, text: string): RawBuilder<unknown> {
  return sql`
    select linked.canonical from (
      select distinct_id, canonical from identity
      where project_id = ${projectId} and distinct_id <> canonical limit ${MAX_SEARCHED}
    ) as linked
    where ${has(sql`linked.distinct_id`, text)} or ${has(sql`linked.canonical`, text)} limit ${MAX_FOUND}`
}

function inProfiles(project: ReadProject, text: string): RawBuilder<unknown> {
  const searched = sql`(
    select distinct_id, properties from profile
    where project_id = ${project.id} and group_key = '' limit ${MAX_SEARCHED}
  )`
  return sql`
    select profiled.distinct_id from ${searched} as profiled
    where ${isProfileWith(text)} and not ${isOfAlias(project, sql`${isRetroactive(project)}`)}
    limit ${MAX_FOUND}`
}

/** The same of all distributed profiles: a bound would bring them to the coordinator. */
function inAllProfiles(project: ReadProject, text: string): RawBuilder<unknown> {
  return sql`
    select profiled.distinct_id from profile as profiled
    where profiled.project_id = ${project.id} and profiled.group_key = ''
      and ${isProfileWith(text)} and not ${isOfAlias(project, appliesTo(project))}
    limit ${MAX_FOUND}`
}

function isProfileWith(text: string): RawBuilder<boolean> {
  return has(
    sql`concat_ws(E'\\n', profiled.distinct_id, properties ->> '$name',
                  concat_ws(' ', properties ->> '$first_name', properties ->> '$last_name'),
                  properties ->> '$email', properties ->> '$phone')`,
    text,
  )
}

function isOfAlias(project: ReadProject, applies: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`exists (
    select from identity
    where identity.project_id = ${project.id} and identity.distinct_id = profiled.distinct_id
      and identity.canonical <> identity.distinct_id and ${applies}
  )`
}
