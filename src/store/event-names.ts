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
 * The times of the first and the last event with one of these names, in ms since the epoch, by two steps in the index for
 * each name; undefined if there is none. Known beforehand, they tell the planner how many events to expect: it would
 * search all events by time for a name that never was, and sort all events of a name to find the newest.
 */
export async function findSpanOfNames(
  db: Db,
  projectId: number,
  names: readonly string[],
): Promise<{ readonly firstMs: number; readonly lastMs: number } | undefined> {
  const { rows } = await sql<{ first_ms: string | null; last_ms: string | null }>`
    select ${endOfNames(projectId, names, 'first')} as first_ms, ${endOfNames(projectId, names, 'last')} as last_ms
  `.execute(db.kysely)
  const { first_ms: firstMs = null, last_ms: lastMs = null } = rows[0] ?? {}
  return firstMs === null || lastMs === null
    ? undefined
    : { firstMs: Number(firstMs), lastMs: Number(lastMs) }
}

function endOfNames(
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
