import { type RawBuilder, sql } from 'kysely'
import type { Db } from './db.ts'

/** The length of a time bucket. */
export type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month'

/** The period of the events that are put into buckets, in ms since the epoch, and the time zone: an IANA name. */
export interface BucketScope {
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly timezone: string
}

/** All buckets begin with one of these: since 1972 every time zone is a number of quarters of an hour from UTC. */
const SLOT_MS = { minute: 60_000, hour: 900_000, day: 900_000, week: 900_000, month: 900_000 } as const
const SINCE_MS = Date.UTC(1972, 6)
/** Beyond this it takes longer to find the buckets of all slots than those of the events. */
const MAX_SLOTS = 100_000

/** The bucket of an event as SQL: its start, a timestamp in the time zone. */
export function bucketOf(unit: Unit, { fromMs, toMs, timezone }: BucketScope): RawBuilder<unknown> {
  const start = (ms: RawBuilder<unknown>) =>
    sql`date_trunc(${unit}, to_timestamp(${ms} / 1000.0) at time zone ${timezone})`
  const slotMs = SLOT_MS[unit]
  if (fromMs === undefined || toMs === undefined || fromMs < SINCE_MS || toMs - fromMs > MAX_SLOTS * slotMs) {
    return start(sql`event.time_ms`)
  }
  const [first, last] = [Math.floor(fromMs / slotMs), Math.ceil(toMs / slotMs)]
  // A look into an array that is made once: a tenth of the time of as many conversions.
  return sql`(array(
    select ${start(sql`(slot * ${slotMs}::bigint)`)} from generate_series(${first}::bigint, ${last}::bigint) as slot order by slot
  ))[(event.time_ms / ${slotMs}::bigint - ${first}::bigint + 1)::integer]`
}

/** The text of a bucket: its start in the project's time zone. */
export function writeBucket(bucket: RawBuilder<unknown>, unit: Unit): RawBuilder<string> {
  const format = unit === 'minute' || unit === 'hour' ? 'YYYY-MM-DD HH24:MI:SS' : 'YYYY-MM-DD'
  return sql<string>`to_char(${bucket}, ${format})`
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
