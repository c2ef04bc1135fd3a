import { type RawBuilder, sql } from 'kysely'
import type { Db } from './db.ts'

/** The names of a project's events as SQL, with one step by the index for each, however many events there are. */
export function eventNames(projectId: number): RawBuilder<unknown> {
  return sql`
    with recursive known (name) as (
      (select event.event from event where event.project_id = ${projectId} order by event.event limit 1)
      union all
      select (
        select event.event from event
        where event.project_id = ${projectId} and event.event > known.name order by event.event limit 1
      )
      from known where known.name is not null
    )
    select name from known where name is not null`
}

/** More names than this suggest that they contain a variable. */
const MAX_NAMES = 5_000

/** The names of a project's events; undefined if there are more than 5,000. */
export async function readEventNames(db: Db, projectId: number): Promise<readonly string[] | undefined> {
  const { rows } = await sql<{ name: string }>`${eventNames(projectId)} limit ${MAX_NAMES + 1}`.execute(
    db.kysely,
  )
  return rows.length > MAX_NAMES ? undefined : rows.map(({ name }) => name)
}

/**
 * The time of the first or the last event with one of these names as SQL, by two steps in the index for each name; null
 * if there is none. As a condition it ends a search for a name that never was, which the planner, expecting to find some
 * soon, would do by reading all events by time.
 */
export function endOfNames(
  projectId: number,
  names: readonly string[],
  end: 'first' | 'last',
): RawBuilder<string | null> {
  const [order, limits] = end === 'first' ? [sql`asc`, sql`min`] : [sql`desc`, sql`max`]
  // Row values, for which only the index by name can be used.
  return sql`(
    select ${limits}(ends.time_ms) from unnest(${names}::text[]) as named (name)
    cross join lateral (
      select event.time_ms from event
      where event.project_id = ${projectId}
        and (event.event, event.time_ms) >= (named.name, ${LEAST_MS}::bigint)
        and (event.event, event.time_ms) <= (named.name, ${GREATEST_MS}::bigint)
      order by event.event ${order}, event.time_ms ${order} limit 1
    ) as ends
  )`
}

const LEAST_MS = String(-(2n ** 63n))
const GREATEST_MS = String(2n ** 63n - 1n)
