import { sql } from 'kysely'
import { CANONICAL } from './copies.ts'
import { type CountType, countBy } from './count-events.ts'
import type { Db } from './db.ts'
import { eventNames, readEventNames } from './event-names.ts'
import { type EventFilter, selectEvents, timeOfEventAfter } from './read-events.ts'

/** Identity events are left out (IDO-34). */
const HIDDEN = ['$identify', '$create_alias', '$merge']

/** The names of a project's events, most frequent first, without identity events (IDO-34). */
export async function listEventNames(
  db: Db,
  filter: EventFilter,
  type: CountType,
  limit: number,
): Promise<readonly string[]> {
  const events = filter.events ?? (await readEventNames(db, filter.project.id))
  // By name, so that nothing is read but the index by name.
  const named = await selectEvents(db, { ...filter, events })
  const found = named
    .select(['event.event', CANONICAL.as('canonical_id')])
    .where('event.event', 'not in', HIDDEN)
  const { rows } = await sql<{ event: string }>`
    select event from (${countBy(sql`(${found})`, sql`event`, type)}) as counted
    order by amount desc, event limit ${limit}`.execute(db.kysely)
  return rows.map((row) => row.event)
}

/** A period, in ms since the epoch: from (inclusive), to (exclusive). */
interface Period {
  readonly fromMs: number
  readonly toMs: number
}

/** So many events are counted, which takes about as long as the estimate. */
const MAX_COUNTED = 100_000
/** The estimate looks at this many parts of the period, and in each at this many events of a name, the newest. */
const PARTS = 31
const PART_EVENTS = 300
/** With many names the period has fewer parts. */
const MAX_PARTS = 20_000

/**
 * True if a project has so many events from a time on, in ms since the epoch, that their names are ranked by estimates.
 * Distributed events are always counted: all workers do it at once.
 */
export async function isCountLong(db: Db, projectId: number, fromMs: number): Promise<boolean> {
  if (await db.shared.isDistributed()) return false
  return (await timeOfEventAfter(db, projectId, fromMs, MAX_COUNTED)) !== undefined
}

/**
 * The same names in an order that is estimated, in a time that does not depend on the number of events: of a name with
 * more than 300 events in a 31st of the period, as many are taken to be there as if all came as often as its newest 300.
 * Copies count, too.
 */
export async function estimateEventNames(
  db: Db,
  projectId: number,
  { fromMs, toMs }: Period,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    with named as materialized (
      select name from (${eventNames(projectId)}) as known where name <> all(${HIDDEN}::text[])
    ),
    sized as (
      select greatest(1, least(${PARTS}, ${MAX_PARTS} / greatest(count(*), 1)))::integer as parts from named
    ),
    parts as (
      select ${fromMs}::bigint + ${toMs - fromMs}::bigint * (part - 1) / parts as from_ms,
             ${fromMs}::bigint + ${toMs - fromMs}::bigint * part / parts as to_ms
      from sized, generate_series(1, parts) as part
    )
    select named.name from named cross join parts
    cross join lateral (
      select count(*) as events, min(newest.time_ms) as oldest_ms from (
        select event.time_ms from event
        where event.project_id = ${projectId} and event.event = named.name
          and event.time_ms >= parts.from_ms and event.time_ms < parts.to_ms
        order by event.time_ms desc limit ${PART_EVENTS}
      ) as newest
    ) as counted
    where counted.events > 0
    group by named.name
    order by sum(case when counted.events < ${PART_EVENTS} then counted.events
                      else counted.events * (parts.to_ms - parts.from_ms) / (parts.to_ms - counted.oldest_ms) end) desc,
             named.name
    limit ${limit}`.execute(db.kysely)
  return rows.map(({ name }) => name)
}
