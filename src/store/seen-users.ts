import { type RawBuilder, sql } from 'kysely'
import type { Db } from './db.ts'
import { lastEvent, lastEventsOnWorkers } from './last-event.ts'
import { describeUsers, type UserPage } from './list-users.ts'
import { isRetroactive, type ReadProject } from './members.ts'

/** A place among users that are sorted by their last event, newest first; those without events follow, by id. */
export type SeenPlace =
  | {
      /** The time of the last event, in ms since the epoch. */
      readonly lastMs: number
      /** event.seq of it, a bigint as text. */
      readonly seq: string
    }
  | { readonly id: string }

/** Before the first user. */
export const FIRST_PLACE: SeenPlace = { lastMs: Number.MAX_SAFE_INTEGER, seq: '0' }

/** Maximum events read for one page, or ids of links and profiles: it may therefore have fewer users than the limit. */
const MAX_SCANNED = 20_000
/** Events read by one statement. */
const SCANNED_AT_ONCE = 2_000
/** For each user of a page, the first statement reads this many events: most pages need no more. */
const FIRST_SCANNED = 3

/** A page of the users that have an event, a profile or a link, sorted by their last event. */
export async function readSeenPage(
  db: Db,
  project: ReadProject,
  after: SeenPlace,
  limit: number,
): Promise<UserPage<SeenPlace>> {
  const ids: string[] = []
  let place: SeenPlace | undefined = after
  let read = 0
  let scanned = Math.min(FIRST_SCANNED * limit, SCANNED_AT_ONCE)
  while (place !== undefined && ids.length < limit && read < MAX_SCANNED) {
    const found: Found =
      'id' in place
        ? await findUnseen(db, project, place.id, limit - ids.length)
        : await findSeen(db, project, place, { limit: limit - ids.length, scanned })
    ids.push(...found.ids)
    place = found.next
    read += scanned
    scanned = SCANNED_AT_ONCE
  }
  return { users: await describeUsers(db, project, ids), next: place }
}

interface Found {
  readonly ids: readonly string[]
  readonly next: SeenPlace | undefined
}

async function findSeen(
  db: Db,
  project: ReadProject,
  { lastMs, seq }: Exclude<SeenPlace, { readonly id: string }>,
  { limit, scanned }: { readonly limit: number; readonly scanned: number },
): Promise<Found> {
  const isDistributed = await db.shared.isDistributed()
  const isEarlier = (row: string) =>
    sql`(${sql.ref(`${row}.time_ms`)}, ${sql.ref(`${row}.seq`)}) < (${lastMs}::bigint, ${seq}::bigint)`
  const recent = sql`
    select distinct_id, time_ms, seq from event
    where project_id = ${project.id} and ${isEarlier('event')}
    order by time_ms desc, seq desc limit ${scanned}`
  const latest = isDistributed
    ? sql`named join latest using (id)`
    : sql`named cross join lateral (${lastEvent(project, sql`named.id`, RECENT_FROM)}) as latest`
  // A user whose last event is not before this place is on an earlier page.
  const { rows } = await sql<SeenRow>`
    with recent as materialized (${recent}),
    ${isDistributed ? namedOnWorkers(project) : named(project)}
    (select named.id, latest.time_ms, latest.seq from ${latest}
     where ${isEarlier('latest')}
     order by latest.time_ms desc, latest.seq desc limit ${limit + 1})
    union all
    (select null, time_ms, seq from recent
     where (select count(*) from recent) >= ${scanned} order by time_ms, seq limit 1)`.execute(db.kysely)
  const users = rows.flatMap(({ id, ...place }) => (id === null ? [] : [{ id, ...place }]))
  const shown = users.slice(0, limit)
  const last = users.length > limit ? shown.at(-1) : rows.find(({ id }) => id === null)
  const next = last === undefined ? { id: '' } : { lastMs: Number(last.time_ms), seq: last.seq }
  return { ids: shown.map(({ id }) => id), next }
}

/** The time of the first event of `recent`. */
const RECENT_FROM = sql<string>`(select min(recent.time_ms) from recent)`

/** The users of the events of `recent`, as a CTE. */
function named(project: ReadProject): RawBuilder<unknown> {
  return sql`
    named as (
      select distinct coalesce(identity.canonical, recent.distinct_id) as id from recent
      left join identity on identity.project_id = ${project.id} and identity.distinct_id = recent.distinct_id
        and ${isRetroactive(project)}
      where recent.distinct_id <> ''
    )`
}

/** The same of distributed tables, with their last events. */
function namedOnWorkers(project: ReadProject): RawBuilder<unknown> {
  return sql`
    known as materialized (
      select distinct_id, canonical from identity
      where project_id = ${project.id} and distinct_id in (select distinct_id from recent)
        and ${isRetroactive(project)}
    ),
    named as materialized (
      select distinct coalesce(known.canonical, recent.distinct_id) as id
      from recent left join known using (distinct_id) where recent.distinct_id <> ''
    ),
    ${lastEventsOnWorkers(project, 'named', RECENT_FROM)}`
}

interface SeenRow {
  /** Null in the row of the last event read, if there may be more. */
  readonly id: string | null
  readonly time_ms: string
  readonly seq: string
}

/** Finds users that have a link or a profile, and no event. */
async function findUnseen(db: Db, project: ReadProject, after: string, limit: number): Promise<Found> {
  const isDistributed = await db.shared.isDistributed()
  const { rows } = await sql<{ id: string | null; last: string | null }>`
    with linked as materialized (
      select distinct canonical as id from identity
      where project_id = ${project.id} and canonical > ${after} and canonical <> distinct_id
      order by canonical limit ${SCANNED_AT_ONCE}
    ),
    profiled as materialized (
      select distinct_id as id from profile
      where project_id = ${project.id} and group_key = '' and distinct_id > ${after}
      order by distinct_id limit ${SCANNED_AT_ONCE}
    ),
    bound as (
      select min(ends.id) as last from (
        select max(id) as id from linked having count(*) >= ${SCANNED_AT_ONCE}
        union all
        select max(id) from profiled having count(*) >= ${SCANNED_AT_ONCE}
      ) as ends
    ),
    ${isDistributed ? unseenOnWorkers(project) : unseen(project)}
    page as (
      select unseen.id from unseen cross join bound where bound.last is null or unseen.id <= bound.last
      order by unseen.id limit ${limit + 1}
    )
    select page.id, bound.last from bound left join page on true order by page.id`.execute(db.kysely)
  const ids = rows.flatMap(({ id }) => (id === null ? [] : [id]))
  const shown = ids.slice(0, limit)
  const last = ids.length > limit ? shown.at(-1) : (rows[0]?.last ?? undefined)
  return { ids: shown, next: last === undefined ? undefined : { id: last } }
}

/** Those of `linked` and `profiled` that are users without events, as a CTE. */
function unseen(project: ReadProject): RawBuilder<unknown> {
  return sql`
    unseen as (
      select candidates.id from (select id from linked union select id from profiled) as candidates
      left join lateral (${lastEvent(project, sql`candidates.id`)}) as latest on true
      where latest.seq is null
        and not exists (
          select from identity
          where identity.project_id = ${project.id} and identity.distinct_id = candidates.id
            and identity.canonical <> identity.distinct_id and ${isRetroactive(project)}
        )
    ),`
}

/** The same of distributed tables. */
function unseenOnWorkers(project: ReadProject): RawBuilder<unknown> {
  return sql`
    candidates as materialized (select id from linked union select id from profiled),
    aliases as materialized (
      select distinct_id from identity
      where project_id = ${project.id} and distinct_id in (select id from candidates) and canonical <> distinct_id
        and ${isRetroactive(project)}
    ),
    ${lastEventsOnWorkers(project, 'candidates')},
    unseen as (
      select id from candidates
      where id not in (select distinct_id from aliases) and id not in (select id from latest)
    ),`
}
