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
