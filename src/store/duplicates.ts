import { sql } from 'kysely'
import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'
import { holdVerdicts, type IdentityTx } from './locks.ts'
import { isRetroactive } from './members.ts'
import { inTransaction } from './tx.ts'

/** Events looked at for duplicates, the newest by time, and verdicts told at a time. */
const MAX_EVENTS = 10_000
const MAX_FOUND = 1_000

/** Where duplicates are looked for. */
export type DedupScope = Pick<Project, 'id' | 'idManagement' | 'timezone'>

/** How far events have been numbered, by whatever project. */
export async function readEventMark(db: Db): Promise<string> {
  const { rows } = await db.pool.query<{ mark: string }>('select last_value as mark from event_seq_seq')
  return rows[0]?.mark ?? ''
}

/**
 * Tells of a project's duplicates, of reused insert_ids and of what compaction may remove, each group once (DDP-03,
 * DDP-04, DDP-09). When it is asked for, so that arriving events pay nothing; among the newest events. In: ms since the
 * epoch. Out: true when all that was numbered before has been looked at.
 */
export async function findDuplicates(db: Db, project: DedupScope, nowMs: number): Promise<boolean> {
  return await inTransaction(db, async (client) => {
    await holdVerdicts(client, project.id)
    const values = [project.id, project.timezone, isRetroactive(project), nowMs, MAX_EVENTS, MAX_FOUND]
    const { rows } = await client.query<{ is_quiet: boolean; told: number }>({ ...INSERT_VERDICTS, values })
    return rows[0]?.is_quiet === true && rows[0].told < MAX_FOUND
  })
}

/** The moment of an event; what is beyond the calendar's years 1 to 9999 is put at their ends. */
const MOMENT = 'to_timestamp(least(greatest(time_ms, -62135000000000), 253402000000000) / 1000.0)'

/**
 * `id` is the id under which the first copy was stored: it stays, whoever the user becomes. An event that is sent again
 * once its user is known differs in its ids, and in nothing that was reused (DDP-06). Nothing is told twice: what
 * was told is looked up but for the number of copies. `is_quiet`: no transaction was under way, so nothing numbered
 * earlier can still appear.
 */
const INSERT_VERDICTS = {
  name: 'tell_duplicates',
  text: `
    with newest as materialized (
      select seq, distinct_id, time_ms, event, insert_id, is_imported,
             properties - '{$device_id,$user_id}'::text[] as properties
      from event
      where project_id = $1 order by time_ms desc, seq desc limit $5
    ),
    owned as materialized (
      select newest.*, coalesce(i.canonical, newest.distinct_id) as canonical from newest
      left join identity i on $3 and i.project_id = $1 and i.distinct_id = newest.distinct_id
    ),
    repeated as materialized (
      select owned.*, (${MOMENT} at time zone $2)::date as day from owned
      join (select canonical, insert_id from owned group by 1, 2 having count(*) > 1) as own
        using (canonical, insert_id)
    ),
    copies as (
      select event, time_ms, insert_id, (array_agg(distinct_id order by seq))[1] as id,
             array_agg(distinct distinct_id) as ids, bool_or(is_imported) as is_imported,
             count(*) as n, count(distinct properties) as versions
      from repeated group by canonical, event, time_ms, insert_id having count(*) > 1
    ),
    reuses as (
      select insert_id, (array_agg(distinct_id order by seq))[1] as id, array_agg(distinct distinct_id) as ids,
             bool_or(is_imported) as is_imported, count(distinct (event, time_ms, properties)) as n
      from repeated group by canonical, insert_id
      having count(distinct (event, time_ms)) >= 3
        or bool_or((event, time_ms, insert_id) in (select event, time_ms, insert_id from copies where versions > 1))
    ),
    candidates as (
      select event, day, insert_id, (array_agg(distinct_id order by seq))[1] as id,
             array_agg(distinct distinct_id) as ids, bool_or(is_imported) as is_imported, count(*) as n
      from repeated group by canonical, event, day, insert_id having count(distinct time_ms) > 1
    ),
    found as (
      select 'dedup.hidden_duplicate' as code, 'I' as severity, ids, is_imported, jsonb_build_object(
        'n', n, 'event', event, 'id', id, 'insert_id', insert_id,
        'time', to_char(${MOMENT} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as told
      from copies
      union all
      select 'dedup.insert_id_reused', 'E', ids, is_imported,
             jsonb_build_object('n', n, 'id', id, 'insert_id', insert_id) from reuses
      union all
      select 'dedup.compaction_candidate', 'I', ids, is_imported,
             jsonb_build_object('n', n, 'event', event, 'id', id, 'insert_id', insert_id, 'day', day) from candidates
    ),
    live as materialized (select id from project where id = $1 for key share),
    told as (
      insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, told, ids)
      select live.id, $4, case when is_imported then '/import' else '/track' end, 'stored', code, severity, told, ids
      from found, live
      where not exists (
        select from verdict as earlier
        where earlier.project_id = $1 and earlier.code = found.code
          and earlier.told - 'n' = found.told - 'n'
      )
      order by code, told limit $6
      returning 1
    )
    select pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot()) as is_quiet,
           (select count(*) from told)::integer as told`,
}

/**
 * Compacts a day: of events with equal name, user, insert_id and day, whatever their times, the one received last stays
 * (DDP-04). In: an ISO date, a day of the project's time zone. Out: how many were removed.
 */
export async function compactDay(
  tx: IdentityTx,
  { id, idManagement, timezone }: DedupScope,
  day: string,
): Promise<number> {
  const values = [id, timezone, isRetroactive({ id, idManagement }), day]
  return (await tx.query({ ...COMPACT, values })).rowCount ?? 0
}

const COMPACT = {
  name: 'compact_day',
  text: `
    with ranked as (
      select e.distinct_id, e.time_ms, e.seq, row_number() over (
        partition by coalesce(i.canonical, e.distinct_id), e.event, e.insert_id
        order by e.received_at_ms desc, e.seq desc
      ) as place
      from event e
      left join identity i on $3 and i.project_id = $1 and i.distinct_id = e.distinct_id
      where e.project_id = $1
        and e.time_ms >= (extract(epoch from $4::date::timestamp at time zone $2) * 1000)::bigint
        and e.time_ms < (extract(epoch from ($4::date + 1)::timestamp at time zone $2) * 1000)::bigint
    )
    delete from event using ranked
    where event.project_id = $1 and event.distinct_id = ranked.distinct_id and event.time_ms = ranked.time_ms
      and event.seq = ranked.seq and ranked.place > 1`,
}

/** The first day on or after a day on which a project has events; undefined where there is none. */
export async function nextDayWithEvents(
  db: Db,
  { id, timezone }: DedupScope,
  from: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ day: string }>`
    select ((to_timestamp(time_ms / 1000.0) at time zone ${timezone})::date)::text as day from event
    where project_id = ${id}
      and time_ms >= (extract(epoch from ${from}::date::timestamp at time zone ${timezone}) * 1000)::bigint
      and time_ms < 253402000000000
    order by time_ms limit 1`.execute(db.kysely)
  return rows[0]?.day
}
