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
  const isDistributed = await db.shared.isDistributed()
  const most = MAX_NAMES + 1
  const names = isDistributed
    ? sql`select name from event_names(${projectId}, ${most})`
    : eventNames(projectId)
  const { rows } = await sql<{ name: string }>`${names} limit ${most}`.execute(db.kysely)
  return rows.length > MAX_NAMES ? undefined : rows.map(({ name }) => name)
}

/** The times of the first and of the last event with one of some names, as SQL. */
interface EndsOfNames {
  readonly first: RawBuilder<string | null>
  readonly last: RawBuilder<string | null>
}

/**
 * The times of the first and the last event with one of these names as SQL, by two steps in the index for each name; null
 * if there is none. As a condition it ends a search for a name that never was, which the planner, expecting to find some
 * soon, would do by reading all events by time.
 */
export async function endsOfNames(db: Db, projectId: number, names: readonly string[]): Promise<EndsOfNames> {
  if (!(await db.shared.isDistributed())) {
    return { first: endOfNames(projectId, names, 'first'), last: endOfNames(projectId, names, 'last') }
  }
  const values = [projectId, names]
  const { rows } = await db.pool.query<{ first: string | null; last: string | null }>(ENDS_ON_WORKERS, values)
  return { first: sql`${rows[0]?.first}::bigint`, last: sql`${rows[0]?.last}::bigint` }
}

const ENDS_ON_WORKERS = `
  select min(ends.first) as first, max(ends.last) as last
  from for_each_id(
    'select min(time_ms), max(time_ms) from event where project_id = $1 and event = $2', $1, $2::text[], null
  ) as ends (first bigint, last bigint)`

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
