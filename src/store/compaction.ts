import type { Db } from './db.ts'
import { deleteEvents, type EventKey } from './delete-by-key.ts'
import type { DedupScope } from './duplicates.ts'
import { isRetroactive } from './members.ts'
import { withRetry } from './tx.ts'

/** How many events of a day are compared by one statement, which then takes a second or so. */
const SLICE_EVENTS = 250_000
/** How many events are read, and deleted, at once. */
const MAX_KEYS = 10_000

/**
 * Compacts a day: of events with equal name, user and insert_id on that day, whatever their times, only the one that
 * arrived last is kept (DDP-04). In: an ISO date in the project's time zone. Out: how many were removed.
 *
 * No lock, and no transaction over several statements, is needed: a link is never undone, so that events of one user
 * remain of one user, and the copy that is kept is the one with the greatest number, which only a deletion of its user
 * removes. A copy or a link that arrives meanwhile may be left to the next compaction. Events with equal insert_id are in
 * the same slice.
 */
export async function compactDay(
  db: Db,
  project: DedupScope,
  day: string,
  sliceEvents = SLICE_EVENTS,
): Promise<number> {
  const ofDay = [project.id, project.timezone, day]
  const { rows } = await db.pool.query<{ count: string }>(COUNT_DAY, ofDay)
  const slices = Math.ceil(Number(rows[0]?.count ?? 0) / sliceEvents)
  let removed = 0
  for (let slice = 0; slice < slices; slice++) {
    const values = [...ofDay, isRetroactive(project), slices, slice, MAX_KEYS]
    let found: readonly EventKey[]
    do {
      found = (await db.pool.query<EventKey>(FIND_OLDER_COPIES, values)).rows
      const keys = found
      removed += await withRetry(
        () => deleteEvents(db.pool, project.id, keys),
        () => undefined,
      )
    } while (found.length === MAX_KEYS)
  }
  return removed
}

const IS_ON_DAY = `event.project_id = $1
  and event.time_ms >= (extract(epoch from $3::date::timestamp at time zone $2) * 1000)::bigint
  and event.time_ms < (extract(epoch from ($3::date + 1)::timestamp at time zone $2) * 1000)::bigint`

const COUNT_DAY = `select count(*) from event where ${IS_ON_DAY}`

const FIND_OLDER_COPIES = `
  select distinct_id, time_ms, seq from (
    select event.distinct_id, event.time_ms, event.seq, max(event.seq) over (
      partition by coalesce(identity.canonical, event.distinct_id), event.event, event.insert_id
    ) as last_seq
    from event
    left join identity on $4 and identity.project_id = $1 and identity.distinct_id = event.distinct_id
    where ${IS_ON_DAY} and abs(hashtext(event.insert_id)::bigint) % $5 = $6
  ) as compared
  where seq < last_seq limit $7`

/** The first day from `from` on with events of a project, as an ISO date; undefined if there is none. */
export async function nextDayWithEvents(
  db: Db,
  { id, timezone }: DedupScope,
  from: string,
): Promise<string | undefined> {
  const { rows } = await db.pool.query<{ day: string }>(NEXT_DAY_WITH_EVENTS, [id, timezone, from])
  return rows[0]?.day
}

const NEXT_DAY_WITH_EVENTS = `
  select ((to_timestamp(time_ms / 1000.0) at time zone $2)::date)::text as day from event
  where project_id = $1
    and time_ms >= (extract(epoch from $3::date::timestamp at time zone $2) * 1000)::bigint
    and time_ms < 253402000000000
  order by time_ms limit 1`
