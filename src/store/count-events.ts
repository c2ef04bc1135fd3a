import { type RawBuilder, sql } from 'kysely'
import type { Expression } from '../core/segmentation/ast.ts'
import type { Db } from './db.ts'
import { CANONICAL, type EventFilter, eventProperty, selectEvents } from './read-events.ts'
import { labelSql, numberSql } from './where.ts'

/** How long a bucket of time is. */
export type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month'

/** How events are counted: each, each user once, or how many there are for each user. */
export type CountType = 'general' | 'unique' | 'average'

/** How to count: without `on` each event is a segment, with it each value that it has. */
export interface Counting {
  readonly type: CountType
  readonly unit: Unit
  readonly on: Expression | undefined
  /** Segments that are counted: those of the most events. */
  readonly limit: number
}

/** Whose events, and the time zone of their buckets: an IANA name. */
export interface CountFilter extends EventFilter {
  readonly timezone: string
}

/** How many of one segment there are in one bucket. */
export interface Count {
  readonly segment: string
  readonly bucket: string
  readonly count: number
}

/** What becomes of events, each with `who`, as SQL: by `keys`, columns of theirs, how many there are, and the count that is asked for. */
function countBy(
  events: RawBuilder<unknown>,
  keys: RawBuilder<unknown>,
  type: CountType,
): RawBuilder<unknown> {
  if (type === 'general')
    return sql`select ${keys}, count(*) as total, count(*) as amount from ${events} as found group by ${keys}`
  const amount = type === 'unique' ? sql`count(*)` : sql`sum(events)::double precision / count(*)`
  // In two steps, for both are hashed: count(distinct) would sort all events, on disk where there are many.
  return sql`
    select ${keys}, sum(events) as total, ${amount} as amount from (
      select ${keys}, who, count(*) as events from ${events} as found group by ${keys}, who
    ) as users group by ${keys}`
}

/** A bucket as it is written: its first moment, in the project's time zone. */
function writeBucket(bucket: RawBuilder<unknown>, unit: Unit): RawBuilder<string> {
  const format = unit === 'minute' || unit === 'hour' ? 'YYYY-MM-DD HH24:MI:SS' : 'YYYY-MM-DD'
  return sql<string>`to_char(${bucket}, ${format})`
}

/** Counts events by segment and bucket of the project's time, only where there are any; the greatest segment first. */
export async function countEvents(
  db: Db,
  filter: CountFilter,
  { type, unit, on, limit }: Counting,
): Promise<readonly Count[]> {
  const segment = on === undefined ? sql<string>`event.event` : labelSql(on, eventProperty)
  const events = selectEvents(db, filter).select([
    segment.as('segment'),
    bucketOf(unit, filter.timezone).as('bucket'),
    CANONICAL.as('who'),
  ])
  const { rows } = await sql<Count>`
    with counted as materialized (${countBy(sql`(${events})`, sql`segment, bucket`, type)}),
    ranked as (
      select segment, row_number() over (order by sum(total) desc, segment) as place from counted group by segment
    )
    select segment, ${writeBucket(sql`bucket`, unit)} as bucket, amount::double precision as count
    from counted join ranked using (segment)
    where place <= ${limit} order by place, counted.bucket`.execute(db.kysely)
  return rows
}

/** What the events of a bucket add up to, and how many there are. */
export interface Sum {
  readonly bucket: string
  /** At most the greatest double, in either direction. */
  readonly sum: number
  readonly count: number
}

/** Adds up an expression of events, by bucket of the project's time, only where there are any. */
export async function sumEvents(
  db: Db,
  filter: CountFilter,
  { unit, on }: { readonly unit: Unit; readonly on: Expression },
): Promise<readonly Sum[]> {
  const events = selectEvents(db, filter).select([
    bucketOf(unit, filter.timezone).as('bucket'),
    numberSql(on, eventProperty).as('number'),
  ])
  const { rows } = await sql<{ bucket: string; sum: string; count: number }>`
    select ${writeBucket(sql`bucket`, unit)} as bucket, sum(number)::text as sum, count(*)::double precision as count
    from (${events}) as found group by found.bucket`.execute(db.kysely)
  const greatest = Number.MAX_VALUE
  return rows.map(({ bucket, sum, count }) => {
    return { bucket, sum: Math.max(-greatest, Math.min(greatest, Number(sum))), count }
  })
}

/** The bucket of an event, by its time in a time zone. */
function bucketOf(unit: Unit, timezone: string): RawBuilder<unknown> {
  return sql`date_trunc(${unit}, to_timestamp(time_ms / 1000.0) at time zone ${timezone})`
}

/** The buckets that days of the project's time zone make, in order. Dates are yyyy-mm-dd, both inclusive. */
export async function listBuckets(
  db: Db,
  { fromDate, toDate }: { readonly fromDate: string; readonly toDate: string },
  unit: Unit,
): Promise<readonly string[]> {
  const { rows } = await sql<{ bucket: string }>`
    select ${writeBucket(sql`bucket`, unit)} as bucket
    from generate_series(
      date_trunc(${unit}, ${fromDate}::date::timestamp),
      ${toDate}::date::timestamp + interval '1 day' - interval '1 microsecond',
      ${`1 ${unit}`}::interval
    ) as bucket order by bucket`.execute(db.kysely)
  return rows.map((row) => row.bucket)
}

/** The names of a project's events, those of which there are most first; identity events are none (IDO-34). */
export async function listEventNames(
  db: Db,
  filter: EventFilter,
  type: CountType,
  limit: number,
): Promise<readonly string[]> {
  const events = selectEvents(db, filter)
    .select(['event.event', CANONICAL.as('who')])
    .where('event.event', 'not in', ['$identify', '$create_alias', '$merge'])
  const { rows } = await sql<{ event: string }>`
    select event from (${countBy(sql`(${events})`, sql`event`, type)}) as counted
    order by amount desc, event limit ${limit}`.execute(db.kysely)
  return rows.map((row) => row.event)
}
