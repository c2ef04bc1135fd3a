import { type RawBuilder, sql } from 'kysely'
import type { Expression } from '../core/segmentation/ast.ts'
import { bucketOf, type Unit, writeBucket } from './buckets.ts'
import { CANONICAL } from './copies.ts'
import type { Db } from './db.ts'
import { withColumns } from './event-columns.ts'
import { eventProperty } from './event-property.ts'
import { labelSql, numberSql } from './expression-sql.ts'
import { type EventFilter, selectEvents } from './read-events.ts'

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
export function countBy(
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

/** Counts events by segment and bucket, largest segment first. Buckets without events are left out. */
export async function countEvents(
  db: Db,
  asked: CountFilter,
  { type, unit, on, limit }: Counting,
): Promise<readonly Count[]> {
  const filter = await withColumns(db, asked, on)
  const property = eventProperty(await db.shared.isDistributed(), filter.columns)
  const segment = on === undefined ? sql<string>`event.event` : labelSql(on, property)
  // Copies of an event are of one user, and in one bucket: to count users it does not matter which one is read.
  const isOfUsers = type === 'unique' && on === undefined && filter.where === undefined
  const found = await selectEvents(db, isOfUsers ? { ...filter, isDeduplicated: false } : filter, on)
  const events = found.select([
    segment.as('segment'),
    bucketOf(unit, filter).as('bucket'),
    CANONICAL.as('canonical_id'),
  ])
  const { rows } = await sql<Count>`
    with counted as materialized (${countBy(sql`(${events})`, sql`segment, bucket`, type)}),
    ranked as (
      select segment, row_number() over (order by sum(total) desc, segment collate "C") as place from counted group by segment
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
  asked: CountFilter,
  { unit, on }: { readonly unit: Unit; readonly on: Expression },
): Promise<readonly Sum[]> {
  const filter = await withColumns(db, asked, on)
  const property = eventProperty(await db.shared.isDistributed(), filter.columns)
  const found = await selectEvents(db, filter, on)
  const events = found.select([bucketOf(unit, filter).as('bucket'), numberSql(on, property).as('number')])
  const { rows } = await sql<{ bucket: string; sum: string; count: number }>`
    select ${writeBucket(sql`bucket`, unit)} as bucket, sum(number)::text as sum, count(*)::double precision as count
    from (${events}) as found group by found.bucket`.execute(db.kysely)
  const greatest = Number.MAX_VALUE
  return rows.map(({ bucket, sum, count }) => {
    return { bucket, sum: Math.max(-greatest, Math.min(greatest, Number(sum))), count }
  })
}
