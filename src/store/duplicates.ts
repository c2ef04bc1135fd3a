import type { Project } from '../core/project.ts'
import { readNumbering } from './arrivals.ts'
import type { Db } from './db.ts'
import { HOLD_PROJECT, holdVerdicts } from './locks.ts'
import { isRetroactive } from './members.ts'
import { inTransaction } from './tx.ts'

/** How many of the newest events are searched, by time, and how many verdicts are added at once. */
const MAX_EVENTS = 10_000
const MAX_FOUND = 1_000

/** The project to search for duplicates. */
export type DedupScope = Pick<Project, 'id' | 'idManagement' | 'timezone'>

/** The result of a search for duplicates. */
export interface DuplicateSearch {
  /** Verdicts added. */
  readonly added: number
  /** The event number up to which all events were searched; undefined if some may have been missed. */
  readonly upTo: bigint | undefined
}

/**
 * Adds the verdicts on a project's duplicates, reused insert_ids and candidates for compaction among the newest events,
 * one per group (DDP-03, DDP-04, DDP-09). Runs when verdicts are read, so that it costs ingestion nothing. The search
 * takes no lock; what it found is then added under the verdicts lock, unless the event was deleted or another server has
 * added it. In: ms since the epoch.
 */
export async function findDuplicates(db: Db, project: DedupScope, nowMs: number): Promise<DuplicateSearch> {
  const { last, writers, late } = await readNumbering(db)
  const values = [project.id, project.timezone, isRetroactive(project), MAX_EVENTS, MAX_FOUND]
  const { rows: found } = await db.pool.query<FoundGroup>({ ...FIND_DUPLICATES, values })
  const added = found.length === 0 ? 0 : await insertFound(db, project.id, found, nowMs)
  const isAll = found.length < MAX_FOUND && writers.event.size === 0 && late.first === undefined
  return { added, upTo: isAll ? last.event : undefined }
}

/** A row of FIND_DUPLICATES, as it is sent back by INSERT_FOUND. */
type FoundGroup = Readonly<Record<string, unknown>>

async function insertFound(
  db: Db,
  projectId: number,
  found: readonly FoundGroup[],
  nowMs: number,
): Promise<number> {
  return await inTransaction(db, async (tx) => {
    // After a reset the project has another id, and no verdict must be left behind.
    if ((await tx.query(HOLD_PROJECT, [projectId])).rowCount === 0) return 0
    await holdVerdicts(tx, projectId)
    const { rowCount } = await tx.query({
      ...INSERT_FOUND,
      values: [projectId, JSON.stringify(found), nowMs],
    })
    return rowCount ?? 0
  })
}

/** No verdict equals what was found in all but the number of copies; as SQL. */
function isUntold(found: string): string {
  return `not exists (
    select from verdict as earlier
    where earlier.project_id = $1 and earlier.code = ${found}.code
      and earlier.finding_values - 'n' = ${found}.finding_values - 'n'
  )`
}

/** The time of an event as a timestamp, limited to the years 1 to 9999. */
const EVENT_TIMESTAMP = 'to_timestamp(least(greatest(time_ms, -62135000000000), 253402000000000) / 1000.0)'

/**
 * `id` is the id under which the first copy was stored, which no merge changes. An event that is sent again after its
 * user has become known differs only in its ids, which does not count as a reused insert_id (DDP-06). A verdict that
 * equals an earlier one in all but the number of copies is not found. `time_ms` and `seq` are those of the first copy.
 */
const findDuplicatesBy = (owned: string) => `
    with newest as materialized (
      select seq, distinct_id, time_ms, event, insert_id, is_imported,
             properties - '{$device_id,$user_id}'::text[] as properties
      from event
      where project_id = $1 order by time_ms desc, seq desc limit $4
    ),
    ${owned},
    repeated as materialized (
      select owned.*, (${EVENT_TIMESTAMP} at time zone $2)::date as day from owned
      join (select canonical, insert_id from owned group by 1, 2 having count(*) > 1) as shared
        using (canonical, insert_id)
    ),
    copies as (
      select event, time_ms, insert_id, (array_agg(distinct_id order by seq))[1] as id, min(seq) as seq,
             array_agg(distinct distinct_id) as ids, bool_or(is_imported) as is_imported,
             count(*) as copy_count, count(distinct properties) as versions
      from repeated group by canonical, event, time_ms, insert_id having count(*) > 1
    ),
    reuses as (
      select insert_id, (array_agg(distinct_id order by seq))[1] as id, array_agg(distinct distinct_id) as ids,
             min(seq) as seq, (array_agg(time_ms order by seq))[1] as time_ms, bool_or(is_imported) as is_imported,
             count(distinct (event, time_ms, properties)) as event_count
      from repeated group by canonical, insert_id
      having count(distinct (event, time_ms)) >= 3
        or bool_or((event, time_ms, insert_id) in (select event, time_ms, insert_id from copies where versions > 1))
    ),
    candidates as (
      select event, day, insert_id, (array_agg(distinct_id order by seq))[1] as id, min(seq) as seq,
             (array_agg(time_ms order by seq))[1] as time_ms, array_agg(distinct distinct_id) as ids,
             bool_or(is_imported) as is_imported, count(*) as copy_count
      from repeated group by canonical, event, day, insert_id having count(distinct time_ms) > 1
    ),
    found as (
      select 'dedup.hidden_duplicate' as code, 'info' as severity, id, time_ms, seq, ids, is_imported,
             jsonb_build_object(
               'n', copy_count, 'event', event, 'id', id, 'insert_id', insert_id,
               'time', to_char(${EVENT_TIMESTAMP} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
             ) as finding_values
      from copies
      union all
      select 'dedup.insert_id_reused', 'error', id, time_ms, seq, ids, is_imported,
             jsonb_build_object('n', event_count, 'id', id, 'insert_id', insert_id) from reuses
      union all
      select 'dedup.compaction_candidate', 'info', id, time_ms, seq, ids, is_imported,
             jsonb_build_object('n', copy_count, 'event', event, 'id', id, 'insert_id', insert_id, 'day', day)
      from candidates
    )
    select * from found where ${isUntold('found')} order by code, finding_values limit $5`

const FIND_DUPLICATES = {
  name: 'find_duplicates',
  text: findDuplicatesBy(`
    owned as materialized (
      select newest.*, coalesce(identity.canonical, newest.distinct_id) as canonical from newest
      left join identity on $3 and identity.project_id = $1 and identity.distinct_id = newest.distinct_id
    )`),
  distributed: findDuplicatesBy(`
    known as materialized (
      select distinct_id, canonical from identity
      where $3 and project_id = $1 and distinct_id in (select distinct_id from newest)
    ),
    owned as materialized (
      select newest.*, coalesce(known.canonical, newest.distinct_id) as canonical
      from newest left join known using (distinct_id)
    )`),
}

/** In the order in which they were found, unless the event has been deleted. */
const INSERT_FOUND = {
  text: insertFoundIf(
    '',
    `exists (
      select from event
      where event.project_id = $1 and event.distinct_id = found.id and event.time_ms = found.time_ms
        and event.seq = found.seq
    )`,
  ),
  distributed: insertFoundIf(
    `with sent as materialized (
      select id, time_ms, seq from jsonb_to_recordset($2::jsonb) as sent (id text, time_ms bigint, seq bigint)
    ),
    stored as materialized (
      select seq from event
      where project_id = $1 and (distinct_id, time_ms, seq) in (select id, time_ms, seq from sent)
    )`,
    'seq in (select seq from stored)',
  ),
}

function insertFoundIf(before: string, isStored: string): string {
  return `
    ${before}
    insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids)
    select $1, $3, case when is_imported then '/import' else '/track' end, 'stored', code, severity,
           finding_values, ids
    from jsonb_to_recordset($2::jsonb) as found (
      code text, severity text, id text, time_ms bigint, seq bigint, ids text[], is_imported boolean,
      finding_values jsonb
    )
    where ${isUntold('found')} and ${isStored}
    order by code, finding_values`
}
