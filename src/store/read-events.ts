import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { StoredEvent } from '../core/event.ts'
import type { Project } from '../core/project.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import type { ArrivalRange } from './arrivals.ts'
import type { Db } from './db.ts'
import { isRetroactive, membersOf } from './members.ts'
import { shownIdentity, shownMembers } from './pending.ts'
import type { Schema } from './schema.ts'
import { type PropertySql, whereSql } from './where.ts'

/** An event as stored, with the place it has in the reading order. */
export interface EventRow extends Omit<StoredEvent, 'projectId'> {
  /** The distinct_id of the user whose the event is now. */
  readonly canonicalId: string
  /** The event was another user's when it was stored (IDS-26). */
  readonly isReshuffled: boolean
  readonly position: EventPosition
}

/** Where a row stands: by time, and by arrival where times are equal (QRY-05). */
export interface EventPosition {
  readonly timeMs: number
  /** A bigint, as text. */
  readonly seq: string
}

/** Which events to read; absent is no bound. */
export interface EventFilter {
  readonly project: Pick<Project, 'id' | 'idManagement'>
  /** Inclusive, ms since the epoch. */
  readonly fromMs?: number | undefined
  /** Exclusive, ms since the epoch. */
  readonly toMs?: number | undefined
  readonly events?: readonly string[] | undefined
  /** Any id of each user whose events are wanted. */
  readonly distinctIds?: readonly string[] | undefined
  /** Only what comes after this row. */
  readonly after?: EventPosition | undefined
  /** The newest first, and `after` is a row that those wanted come before. */
  readonly isNewestFirst?: boolean
  /** Of duplicates only the one received last (DDP-01, DDP-02); reads do, the raw export does not (DDP-03). */
  readonly isDeduplicated: boolean
  /** Who is who as of this moment, in ms since the epoch, by the project's clock; as it is unless given (IDS-32). */
  readonly shownAsOfMs?: number | undefined
  /** Only what has these properties, among others: a JSON object. */
  readonly propertiesJson?: string | undefined
  /** Only what this is true of (QRY-15). */
  readonly where?: Expression | undefined
}

/** Events looked at in one go where copies are in the way of a small page: few, as each may be of megabytes. */
const MAX_PASSED_OVER = 32

/**
 * One page of events in reading order, each with the user whose it is now. A page is a statement of its own, so
 * that a long export holds neither a transaction nor a connection: the table is append-only, and the place
 * after the last row stays right.
 */
export async function readEventPage(
  db: Db,
  filter: EventFilter,
  limit: number,
): Promise<readonly EventRow[]> {
  if (!filter.isDeduplicated) return (await selectPage(db, filter, limit).execute()).map(toEventRow)
  const found: EventRow[] = []
  let { after } = filter
  let wanted = limit
  for (;;) {
    const rows = await readMarkedPage(db, { ...filter, after }, wanted)
    for (const row of rows) if (!row.is_copy && found.length < limit) found.push(toEventRow(row))
    const last = rows.at(-1)
    if (last === undefined || rows.length < wanted || found.length === limit) return found
    after = positionOf(last)
    wanted = Math.max(limit, Math.min(2 * wanted, MAX_PASSED_OVER))
  }
}

/** One page, copies included. */
function selectPage(db: Db, filter: EventFilter, limit: number) {
  let query = selectRows(db, { ...filter, isDeduplicated: false })
  if (filter.after !== undefined) {
    const { timeMs, seq } = filter.after
    const isBeyond = sql.raw(filter.isNewestFirst === true ? '<' : '>')
    query = query.where(sql<boolean>`(time_ms, event.seq) ${isBeyond} (${timeMs}::bigint, ${seq}::bigint)`)
  }
  const order = orderOf(filter)
  return query.orderBy('time_ms', order).orderBy('event.seq', order).limit(limit)
}

function orderOf({ isNewestFirst }: EventFilter): 'asc' | 'desc' {
  return isNewestFirst === true ? 'desc' : 'asc'
}

/**
 * One page, each event with whether there is a later copy of it. They are looked for once the page is found: what
 * Postgres thinks of the one cannot lead it astray with the other.
 */
async function readMarkedPage(db: Db, filter: EventFilter, limit: number) {
  const { project, shownAsOfMs } = filter
  const newer = isRetroactive(project) ? newerOfUser(sql`event.canonical_id`, shownAsOfMs) : NEWER
  const page = selectPage(db, filter, limit).select('event.project_id').as('event')
  const order = orderOf(filter)
  return await db.kysely
    .selectFrom(page)
    .selectAll()
    .select(sql<boolean>`exists (${newer})`.as('is_copy'))
    .orderBy('time_ms', order)
    .orderBy('seq', order)
    .execute()
}

/** When the event happened that comes after `count` others from a moment on; undefined where there are not so many. */
export async function timeOfEventAfter(
  db: Db,
  projectId: number,
  fromMs: number,
  count: number,
): Promise<number | undefined> {
  const row = await db.kysely
    .selectFrom('event')
    .select('time_ms')
    .where('project_id', '=', projectId)
    .where('time_ms', '>=', String(fromMs))
    .orderBy('time_ms')
    .offset(count)
    .limit(1)
    .executeTakeFirst()
  return row && Number(row.time_ms)
}

/** A project's events that are numbered after `from` and up to `upTo`, as they arrived: copies are shown too. */
export async function readArrivedEvents(
  db: Db,
  { project, from, upTo }: ArrivalRange,
): Promise<readonly EventRow[]> {
  const rows = await selectRows(db, { project, isDeduplicated: false })
    .where('event.seq', '>', String(from))
    .where('event.seq', '<=', String(upTo))
    .orderBy('event.seq')
    .execute()
  return rows.map(toEventRow)
}

function selectRows(db: Db, filter: EventFilter) {
  return selectEvents(db, filter)
    .select(COLUMNS)
    .select([
      sql<string>`event.properties::text`.as('properties_json'),
      CANONICAL.as('canonical_id'),
      sql<boolean>`event.seq < coalesce(identity.rekeyed_seq, 0)`.as('is_reshuffled'),
    ])
}

/** The events that a filter lets through, without order, each with the row of who is who; CANONICAL is whose it is. */
export function selectEvents(db: Db, filter: Omit<EventFilter, 'after'>) {
  const resolves = isRetroactive(filter.project)
  const { shownAsOfMs } = filter
  const events = db.kysely.selectFrom('event')
  const joined =
    shownAsOfMs === undefined
      ? events.leftJoin('identity', (join) =>
          join
            .onRef('identity.project_id', '=', 'event.project_id')
            .onRef('identity.distinct_id', '=', 'event.distinct_id')
            .on(sql.lit(resolves), '=', true),
        )
      : events.leftJoinLateral(shownIdentity(shownAsOfMs).as('identity'), (join) => join.onTrue())
  let query = joined.where('event.project_id', '=', filter.project.id)
  if (filter.fromMs !== undefined) query = query.where('time_ms', '>=', String(filter.fromMs))
  if (filter.toMs !== undefined) query = query.where('time_ms', '<', String(filter.toMs))
  if (filter.distinctIds !== undefined) {
    const members = membersOf(filter.project, filter.distinctIds)
    query = query.where('event.distinct_id', '=', sql<string>`any(${members}::text[])`)
  }
  if (filter.events !== undefined) query = query.where('event', '=', sql<string>`any(${filter.events})`)
  if (filter.isDeduplicated) {
    query = query.where(sql<boolean>`not exists (${resolves ? newerOfUser(CANONICAL, shownAsOfMs) : NEWER})`)
  }
  if (filter.propertiesJson !== undefined) {
    query = query.where(sql<boolean>`event.properties @> ${filter.propertiesJson}::jsonb`)
  }
  if (filter.where !== undefined) query = query.where(whereSql(filter.where, eventProperty))
  return query
}

interface Row extends Pick<Selectable<Schema['event']>, (typeof COLUMN_NAMES)[number]> {
  readonly properties_json: string
  readonly canonical_id: string
  readonly is_reshuffled: boolean
}

function toEventRow(row: Row): EventRow {
  return {
    distinctId: row.distinct_id,
    canonicalId: row.canonical_id,
    // An event that goes by its own id was never anybody else's.
    isReshuffled: row.is_reshuffled && row.canonical_id !== row.distinct_id,
    event: row.event,
    timeMs: Number(row.time_ms),
    insertId: row.insert_id,
    receivedAtMs: Number(row.received_at_ms),
    sizeBytes: row.size_bytes,
    isImported: row.is_imported,
    propertiesJson: row.properties_json,
    position: positionOf(row),
  }
}

function positionOf({ time_ms: timeMs, seq }: Pick<Row, 'time_ms' | 'seq'>): EventPosition {
  return { timeMs: Number(timeMs), seq }
}

const COLUMN_NAMES = [
  'distinct_id',
  'event',
  'time_ms',
  'seq',
  'insert_id',
  'received_at_ms',
  'size_bytes',
  'is_imported',
] as const
const COLUMNS = COLUMN_NAMES.map((name) => `event.${name}` as const)

/** The distinct_id of the user whose an event of selectEvents is now. */
export const CANONICAL = sql<string>`coalesce(identity.canonical, event.distinct_id)`

/** What an event has beside what was sent: the names under which the export shows it. */
const OWN_PROPERTIES: ReadonlyMap<string, RawBuilder<unknown>> = new Map([
  ['time', sql`to_jsonb(floor(event.time_ms / 1000.0))`],
  // PRP-03: its other spelling, which Airbyte asks by.
  ['$time', sql`to_jsonb(floor(event.time_ms / 1000.0))`],
  ['distinct_id', sql`to_jsonb(${CANONICAL})`],
  ['$distinct_id', sql`to_jsonb(${CANONICAL})`],
  ['$insert_id', sql`to_jsonb(event.insert_id)`],
  ['mp_processing_time_ms', sql`to_jsonb(event.received_at_ms)`],
  ['$mp_api_timestamp_ms', sql`to_jsonb(event.received_at_ms)`],
  ['$mp_event_size', sql`to_jsonb(event.size_bytes)`],
  ['$import', sql`(case when event.is_imported then 'true'::jsonb end)`],
])

/** The profile of the user whose an event is now. */
const PROFILE = sql`(
  select own.properties from profile as own
  where own.project_id = event.project_id and own.group_key = '' and own.distinct_id = ${CANONICAL}
)`

/** A property of an event, of its user, or the time in seconds with what is after the point (QRY-15). */
export const eventProperty: PropertySql = (source, name) => {
  switch (source) {
    case 'properties':
      return OWN_PROPERTIES.get(name) ?? sql`(event.properties -> ${name}::text)`
    case 'user':
      return name === '$distinct_id' ? sql`to_jsonb(${CANONICAL})` : sql`(${PROFILE} -> ${name}::text)`
    case 'event':
      return sql`to_jsonb(event.time_ms / 1000.0)`
  }
}

/** It is the same event (DDP-01), received later (DDP-02). */
const IS_NEWER = sql`
  newer.event = event.event and newer.insert_id = event.insert_id
    and (newer.received_at_ms, newer.seq) > (event.received_at_ms, event.seq)`

/**
 * The events of an id at the moment of an event. Two columns are compared as one, which only the key of the table
 * serves: without statistics, as in the first minute of a database, Postgres would look through all that happened at
 * that moment, and of a batch without times that is the batch.
 */
const atItsTime = (id: RawBuilder<string>) => sql`
  newer.project_id = event.project_id
    and (newer.distinct_id, newer.time_ms) >= (${id}, event.time_ms)
    and (newer.distinct_id, newer.time_ms) <= (${id}, event.time_ms)`

/** The same event, received later, under the very id. */
const NEWER = sql`select from event as newer where ${atItsTime(sql`event.distinct_id`)} and ${IS_NEWER}`

/** The same, under any id of the user (DDP-06). */
const newerOfUser = (canonical: RawBuilder<string>, asOfMs: number | undefined) => sql`
  select from (
    select ${canonical} as distinct_id
    union all
    ${shownMembers(canonical, asOfMs)}
  ) as own
  join event as newer on ${atItsTime(sql`own.distinct_id`)} where ${IS_NEWER}`

/** The first moment of a day in a time zone, or of one some days later, in ms since the epoch. In: an ISO date, an IANA name. */
export async function startOfDayMs(db: Db, date: string, timezone: string, daysLater = 0): Promise<number> {
  const { rows } = await sql<{ ms: string }>`
    select (extract(
      epoch from (${date}::date + ${daysLater}::integer)::timestamp at time zone ${timezone}
    ) * 1000)::bigint as ms
  `.execute(db.kysely)
  return Number(rows[0]?.ms)
}
