/** How many of a user's events are counted, which takes some 10 ms. */
export const MAX_COUNTED_EVENTS = 10_000

/**
 * The number of events under some ids as an SQL query: `stored` with their copies, `events` without, both of the first
 * `limit` events; and the times of the `first` and the `last` of all. In: an array of ids, `project.id` and the limit,
 * as SQL. Each id is read by its index: see byIndex.
 */
export function statsOf(ids: string, projectId: string, limit: string): string {
  const ofId = (columns: string, order: string) => `
    select ${columns} from event
    where project_id = ${projectId} and event.distinct_id between own_ids.id and own_ids.id
    order by event.distinct_id ${order}, event.time_ms ${order}, event.seq ${order}`
  return `
    select count(counted.time_ms) as stored,
           count(distinct (counted.event, counted.time_ms, counted.insert_id))
             filter (where counted.time_ms is not null) as events,
           (select min(ends.time_ms) from unnest(${ids}) as own_ids (id)
            cross join lateral (${ofId('event.time_ms', 'asc')} limit 1) as ends) as first,
           (select max(ends.time_ms) from unnest(${ids}) as own_ids (id)
            cross join lateral (${ofId('event.time_ms', 'desc')} limit 1) as ends) as last
    from (
      select stored.* from unnest(${ids}) as own_ids (id)
      cross join lateral (${ofId('event.event, event.time_ms, event.insert_id', 'asc')} limit ${limit}) as stored
      limit ${limit}
    ) as counted`
}

/**
 * The same of distributed tables for several users, as CTEs; the last is `stats`, with a row for each user with events.
 * They follow a CTE `own` with the ids (`id`) of users (`user_id`).
 */
export function statsOnWorkers(projectId: string, limit: string): string {
  return `
    stored as materialized (
      select * from for_each_id($statement$
        select $2, event, time_ms, insert_id from event
        where project_id = $1 and distinct_id = $2 order by time_ms, seq limit $3
      $statement$, ${projectId}, array(select id from own), ${limit})
      as stored (id text, event text, time_ms bigint, insert_id text)
    ),
    ends as materialized (
      select * from for_each_id($statement$
        select $2, min(time_ms), max(time_ms) from event where project_id = $1 and distinct_id = $2
      $statement$, ${projectId}, array(select id from own), null) as ends (id text, first bigint, last bigint)
    ),
    numbered as (
      select own.user_id, stored.*, row_number() over (partition by own.user_id) as place
      from own join stored using (id)
    ),
    counted as (
      select user_id, count(*) as stored, count(distinct (event, time_ms, insert_id)) as events
      from numbered where place <= ${limit} group by user_id
    ),
    stats as (
      select user_id, counted.stored, counted.events, min(ends.first) as first, max(ends.last) as last
      from counted join own using (user_id) join ends using (id) group by user_id, counted.stored, counted.events
    )`
}

/** What statsOf counted, without the one event by which it is known that there are more. Bigints, as text. */
export function toCount({ events, stored }: { readonly events: string; readonly stored: string }) {
  return {
    count: Math.min(Number(events), MAX_COUNTED_EVENTS),
    hasMore: Number(stored) > MAX_COUNTED_EVENTS,
  }
}
