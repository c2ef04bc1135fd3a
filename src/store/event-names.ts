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
