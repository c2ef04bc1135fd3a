import { type RawBuilder, sql } from 'kysely'
import type { Project } from '../core/project.ts'
import { eventNames } from './event-names.ts'
import { isRetroactive } from './members.ts'
import { shownIdentity } from './pending-merges.ts'

/*
 * Copies of events (DDP-01): events of a project with equal name, time, insert_id and user. Only the one that arrived
 * last counts (DDP-02). Events are never compared in pairs: those with equal name, time and insert_id are found by
 * grouping, which follows the order of an index, and only for these the users are resolved (DDP-06).
 */

/** The events whose copies to find. */
export interface CopyScope {
  readonly project: Pick<Project, 'id' | 'idManagement'>
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  readonly events?: readonly string[] | undefined
  readonly shownAsOfMs?: number | undefined
}

/** The canonical id of the user of a row of `event` that identityJoin has joined, as SQL. */
export const CANONICAL = sql<string>`coalesce(identity.canonical, event.distinct_id)`

/** Joins each row of `event` with that of its id in `identity`, as SQL. */
function identityJoin({ project, shownAsOfMs }: CopyScope): RawBuilder<unknown> {
  if (shownAsOfMs !== undefined)
    return sql`left join lateral ${shownIdentity(shownAsOfMs)} as identity on true`
  return sql`
    left join identity on ${sql.lit(isRetroactive(project))} and identity.project_id = event.project_id
      and identity.distinct_id = event.distinct_id`
}

/**
 * A condition for an event with this `seq` to be counted: there is no later copy, whatever else a filter says of that
 * one. `keys` selects `event`, `time_ms` and `insert_id` of the events that may have copies.
 */
function isLast(seq: RawBuilder<unknown>, scope: CopyScope, keys: RawBuilder<unknown>): RawBuilder<boolean> {
  const superseded = sql`
    select copies.seq from (
      select event.seq, max(event.seq) over (
        partition by ${CANONICAL}, event.event, event.time_ms, event.insert_id
      ) as last_seq
      from (${keys}) as keys
      join event on event.project_id = ${scope.project.id} and event.event = keys.event
        and event.time_ms = keys.time_ms and event.insert_id = keys.insert_id
      ${identityJoin(scope)}
    ) as copies where copies.seq < copies.last_seq`
  // As an array, Postgres always looks it up by a hash. A subquery it would join, and by its estimates, which are bad
  // for copies, compare all pairs.
  return sql<boolean>`(${seq} in (select unnest(array(${superseded})))) is not true`
}

/** A condition on rows of `event` that match a scope: there is no later copy. */
export function isLastCopy(scope: CopyScope): RawBuilder<boolean> {
  const { project, fromMs, toMs, events } = scope
  const from = fromMs === undefined ? sql`` : sql`and event.time_ms >= ${fromMs}::bigint`
  const to = toMs === undefined ? sql`` : sql`and event.time_ms < ${toMs}::bigint`
  const named = events === undefined ? eventNames(project.id) : sql`select distinct unnest(${events}::text[])`
  return isLast(
    sql`event.seq`,
    scope,
    sql`
      select named.name as event, repeated.time_ms, repeated.insert_id from (${named}) as named (name)
      cross join lateral (
        select event.time_ms, event.insert_id from event
        where event.project_id = ${project.id} and event.event = named.name ${from} ${to}
        group by event.time_ms, event.insert_id having count(*) > 1
      ) as repeated`,
  )
}

/** The same for the rows of a materialized query, with their columns `event`, `time_ms`, `insert_id` and `seq`. */
export function isLastCopyIn(page: string, scope: CopyScope): RawBuilder<boolean> {
  const rows = sql.table(page)
  return isLast(sql`${rows}.seq`, scope, sql`select distinct event, time_ms, insert_id from ${rows}`)
}
