import type { Project } from '../core/project.ts'
import type { Db } from './db.ts'
import { holdVerdicts } from './locks.ts'
import { isRetroactive } from './members.ts'
import { inTransaction } from './tx.ts'

/** How many of the newest events are searched, by time, and how many verdicts are added at once. */
const MAX_EVENTS = 10_000
const MAX_FOUND = 1_000

/** The project to search for duplicates. */
export type DedupScope = Pick<Project, 'id' | 'idManagement' | 'timezone'>

/** The last event number assigned, across all projects. */
export async function readEventMark(db: Db): Promise<string> {
  const { rows } = await db.pool.query<{ mark: string }>(LAST_EVENT_SEQ)
  return rows[0]?.mark ?? ''
}

const LAST_EVENT_SEQ = 'select last_value as mark from event_seq_seq'

/**
 * Adds the verdicts on a project's duplicates, reused insert_ids and candidates for compaction among the newest events,
 * one per group (DDP-03, DDP-04, DDP-09). Runs when verdicts are read, so that it costs ingestion nothing. In: ms since
 * the epoch. Out: true if every event numbered before has been searched.
 */
export async function findDuplicates(db: Db, project: DedupScope, nowMs: number): Promise<boolean> {
  return await inTransaction(db, async (client) => {
    await holdVerdicts(client, project.id)
    const values = [project.id, project.timezone, isRetroactive(project), nowMs, MAX_EVENTS, MAX_FOUND]
    const { rows } = await client.query<{ is_quiet: boolean; inserted: number }>({
      ...FIND_DUPLICATES,
      values,
    })
    return rows[0]?.is_quiet === true && rows[0].inserted < MAX_FOUND
  })
}

/** The time of an event as a timestamp, limited to the years 1 to 9999. */
const EVENT_TIMESTAMP = 'to_timestamp(least(greatest(time_ms, -62135000000000), 253402000000000) / 1000.0)'

/**
 * `id` is the id under which the first copy was stored, which no merge changes. An event that is sent again after its
 * user has become known differs only in its ids, which does not count as a reused insert_id (DDP-06). A verdict that
 * equals an earlier one in all but the number of copies is not added. `is_quiet`: no transaction was open, so no event
 * with an earlier number can still appear.
 */
const FIND_DUPLICATES = {
  name: 'find_duplicates',
  text: `
    with newest as materialized (
      select seq, distinct_id, time_ms, event, insert_id, is_imported,
             properties - '{$device_id,$user_id}'::text[] as properties
      from event
      where project_id = $1 order by time_ms desc, seq desc limit $5
    ),
    owned as materialized (
      select newest.*, coalesce(identity.canonical, newest.distinct_id) as canonical from newest
      left join identity on $3 and identity.project_id = $1 and identity.distinct_id = newest.distinct_id
    ),
    repeated as materialized (
      select owned.*, (${EVENT_TIMESTAMP} at time zone $2)::date as day from owned
      join (select canonical, insert_id from owned group by 1, 2 having count(*) > 1) as shared
        using (canonical, insert_id)
    ),
    copies as (
      select event, time_ms, insert_id, (array_agg(distinct_id order by seq))[1] as id,
             array_agg(distinct distinct_id) as ids, bool_or(is_imported) as is_imported,
             count(*) as copy_count, count(distinct properties) as versions
      from repeated group by canonical, event, time_ms, insert_id having count(*) > 1
    ),
    reuses as (
      select insert_id, (array_agg(distinct_id order by seq))[1] as id, array_agg(distinct distinct_id) as ids,
             bool_or(is_imported) as is_imported, count(distinct (event, time_ms, properties)) as event_count
      from repeated group by canonical, insert_id
      having count(distinct (event, time_ms)) >= 3
        or bool_or((event, time_ms, insert_id) in (select event, time_ms, insert_id from copies where versions > 1))
    ),
    candidates as (
      select event, day, insert_id, (array_agg(distinct_id order by seq))[1] as id,
             array_agg(distinct distinct_id) as ids, bool_or(is_imported) as is_imported, count(*) as copy_count
      from repeated group by canonical, event, day, insert_id having count(distinct time_ms) > 1
    ),
    found as (
      select 'dedup.hidden_duplicate' as code, 'info' as severity, ids, is_imported, jsonb_build_object(
        'n', copy_count, 'event', event, 'id', id, 'insert_id', insert_id,
        'time', to_char(${EVENT_TIMESTAMP} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) as finding_values
      from copies
      union all
      select 'dedup.insert_id_reused', 'error', ids, is_imported,
             jsonb_build_object('n', event_count, 'id', id, 'insert_id', insert_id) from reuses
      union all
      select 'dedup.compaction_candidate', 'info', ids, is_imported,
             jsonb_build_object('n', copy_count, 'event', event, 'id', id, 'insert_id', insert_id, 'day', day)
      from candidates
    ),
    live as materialized (select id from project where id = $1 for key share),
    inserted as (
      insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids)
      select live.id, $4, case when is_imported then '/import' else '/track' end, 'stored', code, severity,
             finding_values, ids
      from found, live
      where not exists (
        select from verdict as earlier
        where earlier.project_id = $1 and earlier.code = found.code
          and earlier.finding_values - 'n' = found.finding_values - 'n'
      )
      order by code, finding_values limit $6
      returning 1
    )
    select pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot()) as is_quiet,
           (select count(*) from inserted)::integer as inserted`,
}
