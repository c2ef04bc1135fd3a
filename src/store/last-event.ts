import { type RawBuilder, sql } from 'kysely'
import { isRetroactive, type ReadProject } from './members.ts'

/**
 * The columns `time_ms` and `seq` of a user's last event, under any id of the user, as an SQL query; no row without
 * events. In: the canonical id, as SQL; a time before which it is not, if one is known, which saves a look into the earlier
 * partitions.
 */
export function lastEvent(
  project: ReadProject,
  canonical: RawBuilder<string>,
  fromMs?: RawBuilder<string>,
): RawBuilder<unknown> {
  const isFrom = fromMs === undefined ? sql`` : sql`and event.time_ms >= ${fromMs}`
  // `between` instead of `=`, so that the index on the ids is used: see byIndex.
  return sql`
    select newest.time_ms, newest.seq from (
      select ${canonical}
      union all
      select member.distinct_id from identity as member
      where member.project_id = ${project.id} and member.canonical = ${canonical} and ${isRetroactive(project)}
    ) as own (id)
    cross join lateral (
      select event.time_ms, event.seq from event
      where event.project_id = ${project.id} and event.distinct_id between own.id and own.id ${isFrom}
      order by event.distinct_id desc, event.time_ms desc, event.seq desc limit 1
    ) as newest
    order by newest.time_ms desc, newest.seq desc limit 1`
}

/**
 * The same of distributed tables for many users, as CTEs; the last is `latest`, with a row for each user with events. In:
 * a CTE with the canonical ids as `id`; a time at or after which each has an event, if one is known: all later events of
 * these users are then read at once, where otherwise each id costs a round trip.
 */
export function lastEventsOnWorkers(
  project: ReadProject,
  users: string,
  fromMs?: RawBuilder<string>,
): RawBuilder<unknown> {
  const newest =
    fromMs === undefined
      ? sql`
        select * from for_each_id(
          'select $2, time_ms, seq from event where project_id = $1 and distinct_id = $2
           order by time_ms desc, seq desc limit 1',
          ${project.id}, array(select id from own), null
        ) as newest (id text, time_ms bigint, seq bigint)`
      : sql`
        select distinct on (distinct_id) distinct_id as id, time_ms, seq from event
        where project_id = ${project.id} and time_ms >= ${fromMs} and distinct_id in (select id from own)
        order by distinct_id, time_ms desc, seq desc`
  return sql`
    members as materialized (
      select canonical, distinct_id from identity
      where project_id = ${project.id} and canonical in (select id from ${sql.ref(users)}) and ${isRetroactive(project)}
    ),
    own as materialized (
      select id as user_id, id from ${sql.ref(users)} union select canonical, distinct_id from members
    ),
    newest as materialized (${newest}),
    latest as materialized (
      select distinct on (own.user_id) own.user_id as id, newest.time_ms, newest.seq
      from own join newest using (id) order by own.user_id, newest.time_ms desc, newest.seq desc
    )`
}
