import { type RawBuilder, sql } from 'kysely'
import type { Project } from '../core/project.ts'
import { eventNames } from './event-names.ts'
import { appliesTo, isRetroactive } from './members.ts'
import { shownIdentities, shownIdentity } from './pending-merges.ts'

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
  /** The tables are distributed. */
  readonly isDistributed: boolean
}

/** The canonical id of the user of a row of `event` that is joined with that of its id in `identity`, as SQL. */
export const CANONICAL = sql<string>`coalesce(identity.canonical, event.distinct_id)`

/** The same for any row of `event`, looked up by the key of `identity`. */
function canonicalOf({ project, shownAsOfMs }: CopyScope): RawBuilder<string> {
  if (!isRetroactive(project)) return sql`event.distinct_id`
  const canonical =
    shownAsOfMs === undefined
      ? sql`
        select identity.canonical from identity
        where identity.project_id = event.project_id and identity.distinct_id = event.distinct_id`
      : sql`select shown.canonical from ${shownIdentity(shownAsOfMs)} as shown`
  return sql`coalesce((${canonical}), event.distinct_id)`
}

function inPeriod({ fromMs, toMs }: CopyScope): RawBuilder<unknown> {
  const from = fromMs === undefined ? sql`` : sql`and event.time_ms >= ${fromMs}::bigint`
  const to = toMs === undefined ? sql`` : sql`and event.time_ms < ${toMs}::bigint`
  return sql`${from} ${to}`
}

/**
 * A condition for an event with this `seq` to be counted: there is no later copy, whatever else a filter says of that
 * one. `keys` selects `event`, `time_ms` and `insert_id` of the events that may have copies.
 *
 * Nothing here is left to the planner's estimates, which are bad for copies: by those it would compare all pairs. The
 * keys are made an array, of which it expects ten; the events of a key are found by a row value, for which it prefers the
 * index by name to that by time even without statistics, an equality that no index has, which follows from it but makes
 * it expect few, and a range of times, which follows from it, too, but leads to a single partition; their users are
 * looked up one by one; and the result is an array again, which is always looked up by a hash.
 */
function isLast(seq: RawBuilder<unknown>, scope: CopyScope, keys: RawBuilder<unknown>): RawBuilder<boolean> {
  if (scope.isDistributed) return isLastOfWorkers(seq, scope, keys)
  const superseded = sql`
    with keys as materialized (
      select unnest(array_agg(event)) as event, unnest(array_agg(time_ms)) as time_ms,
             unnest(array_agg(insert_id)) as insert_id
      from (${keys}) as found
    )
    select copies.seq from (
      select event.seq, max(event.seq) over (
        partition by ${canonicalOf(scope)}, event.event, event.time_ms, event.insert_id
      ) as last_seq
      from keys cross join lateral (
        select event.* from event
        where event.project_id = ${scope.project.id} and event.event = keys.event
          and (event.time_ms, event.insert_id) >= (keys.time_ms, keys.insert_id)
          and (event.time_ms, event.insert_id) <= (keys.time_ms, keys.insert_id)
          and event.insert_id || '' = keys.insert_id
          and event.time_ms >= keys.time_ms and event.time_ms <= keys.time_ms
        offset 0
      ) as event
    ) as copies where copies.seq < copies.last_seq`
  return sql<boolean>`(${seq} in (select unnest(array(${superseded})))) is not true`
}

/**
 * The same condition for distributed tables. Each worker looks up its events of the keys; they meet on the coordinator,
 * since the copies of a user with several ids may lie on several workers.
 */
function isLastOfWorkers(
  seq: RawBuilder<unknown>,
  scope: CopyScope,
  keys: RawBuilder<unknown>,
): RawBuilder<boolean> {
  const { project } = scope
  return sql<boolean>`(${seq} in (
    with keys as materialized (${keys}),
    copies as materialized (
      select event.seq, event.event, event.time_ms, event.insert_id, ${CANONICAL} as canonical
      from event
      join keys on event.event = keys.event and event.time_ms = keys.time_ms and event.insert_id = keys.insert_id
      left join ${identitiesOf(scope)} as identity on identity.project_id = event.project_id
        and identity.distinct_id = event.distinct_id and ${appliesTo(project)}
      where event.project_id = ${project.id}
    )
    select compared.seq from (
      select seq, max(seq) over (partition by canonical, event, time_ms, insert_id) as last_seq from copies
    ) as compared where compared.seq < compared.last_seq
  )) is not true`
}

/** The rows of `identity` as the scope sees them. */
function identitiesOf({ project, shownAsOfMs }: CopyScope): RawBuilder<unknown> {
  return shownAsOfMs === undefined ? sql`identity` : shownIdentities(project.id, shownAsOfMs)
}

/**
 * The keys of events that may have copies, from distributed tables: those repeated under one id, which each worker finds
 * by itself, and those repeated among all events of linked ids.
 */
function repeatedOnWorkers(scope: CopyScope): RawBuilder<unknown> {
  const { project, events } = scope
  const named = events === undefined ? sql`` : sql`and event.event = any(${events}::text[])`
  const inScope = sql`event.project_id = ${project.id} ${named} ${inPeriod(scope)}`
  const own = sql`
    select event.event, event.time_ms, event.insert_id from event where ${inScope}
    group by event.distinct_id, event.event, event.time_ms, event.insert_id having count(*) > 1`
  if (!isRetroactive(project)) return sql`with own as materialized (${own}) select distinct * from own`
  return sql`
    with own as materialized (${own}),
    links as materialized (
      select distinct_id, canonical from ${identitiesOf(scope)} as identity
      where project_id = ${project.id} and canonical <> distinct_id
    ),
    linked as materialized (select distinct_id as id from links union select canonical from links),
    shared as materialized (
      select event.event, event.time_ms, event.insert_id from event
      where ${inScope} and event.distinct_id in (select id from linked)
      group by event.event, event.time_ms, event.insert_id having count(*) > 1
    )
    select * from own union select * from shared`
}

/** A condition on rows of `event` that match a scope: there is no later copy. */
export function isLastCopy(scope: CopyScope): RawBuilder<boolean> {
  const { project, events } = scope
  if (scope.isDistributed) return isLast(sql`event.seq`, scope, repeatedOnWorkers(scope))
  const named = events === undefined ? eventNames(project.id) : sql`select distinct unnest(${events}::text[])`
  return isLast(
    sql`event.seq`,
    scope,
    sql`
      select named.name as event, repeated.time_ms, repeated.insert_id from (${named}) as named (name)
      cross join lateral (
        select event.time_ms, event.insert_id from event
        where event.project_id = ${project.id} and event.event = named.name ${inPeriod(scope)}
        group by event.time_ms, event.insert_id having count(*) > 1
      ) as repeated`,
  )
}

/** The same for the rows of a materialized query, with their columns `event`, `time_ms`, `insert_id` and `seq`. */
export function isLastCopyIn(page: string, scope: CopyScope): RawBuilder<boolean> {
  const rows = sql.table(page)
  return isLast(sql`${rows}.seq`, scope, sql`select distinct event, time_ms, insert_id from ${rows}`)
}
