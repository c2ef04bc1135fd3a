import { type RawBuilder, sql } from 'kysely'
import type { Db } from './db.ts'
import type { Statement } from './forms.ts'

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
  const isDistributed = await db.shared.isDistributed()
  const most = MAX_NAMES + 1
  const names = isDistributed
    ? sql`select name from event_names(${projectId}, ${most})`
    : eventNames(projectId)
  const { rows } = await sql<{ name: string }>`${names} limit ${most}`.execute(db.kysely)
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
  const sent = { ...FIND_SPAN, values: [projectId, names] }
  const { rows } = await db.pool.query<{ first_ms: string | null; last_ms: string | null }>(sent)
  const { first_ms: firstMs = null, last_ms: lastMs = null } = rows[0] ?? {}
  return firstMs === null || lastMs === null
    ? undefined
    : { firstMs: Number(firstMs), lastMs: Number(lastMs) }
}

const [LEAST_MS, GREATEST_MS] = [-(2n ** 63n), 2n ** 63n - 1n]
/** Row values, for which only the index by name can be used. */
const endOfName = (order: 'asc' | 'desc') => `
  select event.time_ms from event
  where event.project_id = $1 and (event.event, event.time_ms) >= (named.name, '${LEAST_MS}'::bigint)
    and (event.event, event.time_ms) <= (named.name, '${GREATEST_MS}'::bigint)
  order by event.event ${order}, event.time_ms ${order} limit 1`

const FIND_SPAN: Statement = {
  text: `
    select min(starts.time_ms) as first_ms, max(ends.time_ms) as last_ms from unnest($2::text[]) as named (name)
    cross join lateral (${endOfName('asc')}) as starts cross join lateral (${endOfName('desc')}) as ends`,
  distributed: `
    select min(found.first_ms) as first_ms, max(found.last_ms) as last_ms
    from for_each_id(
      'select min(time_ms), max(time_ms) from event where project_id = $1 and event = $2', $1, $2::text[], null
    ) as found (first_ms bigint, last_ms bigint)`,
}
