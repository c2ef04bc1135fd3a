import { type RawBuilder, sql } from 'kysely'
import type { Expression } from '../core/segmentation/ast.ts'
import { CANONICAL } from './copies.ts'
import type { Db } from './db.ts'
import { eventProperty } from './event-property.ts'
import { labelSql, numberSql } from './expression-sql.ts'
import { type EventFilter, selectEvents } from './read-events.ts'

/** The length of a time bucket. */
export type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month'

/** What is counted: events, users, or events per user. */
export type CountType = 'general' | 'unique' | 'average'

/** How to count. With `on`, each value of it is a segment; without it, each event name is. */
export interface Counting {
  readonly type: CountType
  readonly unit: Unit
  readonly on: Expression | undefined
  /** The number of segments to count: those with the most events. */
  readonly limit: number
}

/** Which events to count, and the time zone of the buckets: an IANA name. */
export interface CountFilter extends EventFilter {
  readonly timezone: string
}

/** The count of one segment in one bucket. */
export interface Count {
  readonly segment: string
  readonly bucket: string
  readonly count: number
}

/**
 * Groups events by `keys`, as SQL: `total` is the number of events, `amount` the count of the requested type. In: events
 * with the columns `keys` and `canonical_id`.
 */
function countBy(
  events: RawBuilder<unknown>,
  keys: RawBuilder<unknown>,
  type: CountType,
): RawBuilder<unknown> {
  if (type === 'general')
    return sql`select ${keys}, count(*) as total, count(*) as amount from ${events} as found group by ${keys}`
  const amount = type === 'unique' ? sql`count(*)` : sql`sum(events)::double precision / count(*)`
  // Two steps, because both can hash: count(distinct) would sort all events, on disk if there are many.
  return sql`
    select ${keys}, sum(events) as total, ${amount} as amount from (
      select ${keys}, canonical_id, count(*) as events from ${events} as found group by ${keys}, canonical_id
    ) as users group by ${keys}`
}

/** The text of a bucket: its start in the project's time zone. */
function writeBucket(bucket: RawBuilder<unknown>, unit: Unit): RawBuilder<string> {
  const format = unit === 'minute' || unit === 'hour' ? 'YYYY-MM-DD HH24:MI:SS' : 'YYYY-MM-DD'
  return sql<string>`to_char(${bucket}, ${format})`
}

/** Counts events by segment and bucket, largest segment first. Buckets without events are left out. */
export async function countEvents(
  db: Db,
  filter: CountFilter,
  { type, unit, on, limit }: Counting,
): Promise<readonly Count[]> {
  const segment = on === undefined ? sql<string>`event.event` : labelSql(on, eventProperty)
  const events = selectEvents(db, filter).select([
    segment.as('segment'),
    bucketOf(unit, filter.timezone).as('bucket'),
    CANONICAL.as('canonical_id'),
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

/** The sum over the events of a bucket, and their number. */
export interface Sum {
  readonly bucket: string
  /** Limited to the range of finite doubles. */
  readonly sum: number
  readonly count: number
}

/** Sums an expression over events by bucket. Buckets without events are left out. */
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

function bucketOf(unit: Unit, timezone: string): RawBuilder<unknown> {
  return sql`date_trunc(${unit}, to_timestamp(time_ms / 1000.0) at time zone ${timezone})`
}

/** All buckets of a range of days, in order. Dates are yyyy-mm-dd, both inclusive. */
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

/** The names of a project's events, most frequent first, without identity events (IDO-34). */
export async function listEventNames(
  db: Db,
  filter: EventFilter,
  type: CountType,
  limit: number,
): Promise<readonly string[]> {
  const events = selectEvents(db, filter)
    .select(['event.event', CANONICAL.as('canonical_id')])
    .where('event.event', 'not in', ['$identify', '$create_alias', '$merge'])
  const { rows } = await sql<{ event: string }>`
    select event from (${countBy(sql`(${events})`, sql`event`, type)}) as counted
    order by amount desc, event limit ${limit}`.execute(db.kysely)
  return rows.map((row) => row.event)
}
