import type { DayCount } from '../core/hot-shard.ts'
import type { Queryable } from './db.ts'

/** The id and time of an event to be stored. */
export interface Dated {
  readonly distinctId: string
  /** Ms since the epoch. */
  readonly timeMs: number
}

/**
 * The date of each event in a time zone, and the number of stored events with its id and date, counted up to `limit`
 * (TRK-39). Out: undefined for an event without an id. The counts are only reliable under the identity lock, which every
 * writer of events holds in a project with this limit.
 */
export async function countDays(
  db: Queryable,
  projectId: number,
  timezone: string,
  events: readonly Dated[],
  limit: number,
): Promise<readonly (DayCount | undefined)[]> {
  const ids = events.map((event) => event.distinctId)
  const times = events.map((event) => event.timeMs)
  const { rows } = await db.query<{ place: string; day: string; held: number }>({
    ...COUNT_DAYS,
    values: [projectId, timezone, ids, times, limit],
  })
  const counts: (DayCount | undefined)[] = events.map(() => undefined)
  for (const { place, day, held } of rows) counts[Number(place) - 1] = { day, held }
  return counts
}

/** Times outside of the supported calendar are counted with its first or last day. */
const DAYS = `
  with sent as materialized (
    select place, distinct_id,
           (to_timestamp(least(greatest(time_ms, -62135000000000), 253402000000000) / 1000.0)
            at time zone $2)::date as day
    from unnest($3::text[], $4::bigint[]) with ordinality as sent (distinct_id, time_ms, place)
    where distinct_id <> ''
  ),
  days as materialized (
    select distinct_id, day,
           (extract(epoch from day::timestamp at time zone $2) * 1000)::bigint as from_ms,
           (extract(epoch from (day + 1)::timestamp at time zone $2) * 1000)::bigint as to_ms
    from (select distinct distinct_id, day from sent) as named
  )`
const COUNTED =
  'select sent.place, sent.day::text, counted.held from sent join counted using (distinct_id, day)'
const COUNT_DAYS = {
  name: 'count_days',
  text: `${DAYS},
    counted as (
      select distinct_id, day, (
        select count(*) from (
          select from event
          where event.project_id = $1 and event.distinct_id = days.distinct_id
            and event.time_ms >= days.from_ms and event.time_ms < days.to_ms
          limit $5
        ) as held
      )::integer as held
      from days
    )
    ${COUNTED}`,
  // No day has many more events than the limit, beyond which they go elsewhere.
  distributed: `${DAYS},
    held as materialized (
      select days.distinct_id, days.day, count(*) as held
      from event join days on event.distinct_id = days.distinct_id
        and event.time_ms >= days.from_ms and event.time_ms < days.to_ms
      where event.project_id = $1 group by days.distinct_id, days.day
    ),
    counted as (
      select distinct_id, day, least(coalesce(held.held, 0), $5)::integer as held
      from days left join held using (distinct_id, day)
    )
    ${COUNTED}`,
}
