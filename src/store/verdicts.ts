import { type Selectable, sql } from 'kysely'
import type { VerdictCode } from '../core/verdict/catalogue.ts'
import type { Outcome, Severity } from '../core/verdict/entry.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { Db } from './db.ts'
import { idsOfUsers, type ReadProject } from './members.ts'
import type { Schema } from './schema.ts'

/** A verdict as it was kept. */
export interface VerdictRow {
  /** A bigint, as text; rises with every verdict. */
  readonly seq: string
  readonly receivedAtMs: number
  readonly endpoint: string
  readonly outcome: Outcome
  readonly code: VerdictCode
  readonly severity: Severity
  readonly values: Finding['values']
  /** JSON, or null for a verdict on the request. */
  readonly record: string | null
  readonly recordIndex: number | null
  /** All that the record names. */
  readonly ids: readonly string[]
}

/** Which verdicts to read; absent is no bound. */
export interface VerdictFilter {
  /** Undefined for those of no project. */
  readonly project: ReadProject | undefined
  readonly outcome?: string | undefined
  readonly codes?: readonly string[] | undefined
  /** Any id of the user whose records are wanted. */
  readonly distinctId?: string | undefined
  /** Only later ones, or earlier ones where the newest come first: a seq. */
  readonly after?: string | undefined
  /** That one and earlier ones: a seq. */
  readonly upTo?: string | undefined
  readonly isNewestFirst?: boolean
}

/** Verdicts of a project, the oldest first unless the filter says otherwise. */
export async function readVerdicts(
  db: Db,
  filter: VerdictFilter,
  limit: number,
): Promise<readonly VerdictRow[]> {
  const { project, outcome, codes, distinctId, after, upTo, isNewestFirst = false } = filter
  let query = db.kysely
    .selectFrom('verdict')
    .selectAll()
    .where('project_id', '=', project?.id ?? 0)
  if (outcome !== undefined) query = query.where(sql<boolean>`outcome = ${outcome}`)
  if (codes !== undefined) query = query.where(sql<boolean>`code = any(${codes})`)
  if (after !== undefined) query = query.where('seq', isNewestFirst ? '<' : '>', after)
  if (upTo !== undefined) query = query.where('seq', '<=', upTo)
  if (distinctId !== undefined && project !== undefined) {
    query = query.where(sql<boolean>`ids && ${namesOf(project, distinctId)}::text[]`)
  }
  const rows = await query
    .orderBy('seq', isNewestFirst ? 'desc' : 'asc')
    .limit(limit)
    .execute()
  return rows.map(toVerdictRow)
}

/** How often a code was told, and the newest verdict with it. */
export interface VerdictCount {
  readonly count: number
  readonly newest: VerdictRow
}

/** Counts a project's verdicts by code and outcome: errors first, and the most frequent of them. */
export async function countVerdicts(
  db: Db,
  project: Pick<ReadProject, 'id'>,
): Promise<readonly VerdictCount[]> {
  const { rows } = await sql<Selectable<Schema['verdict']> & { readonly count: string }>`
    select v.*, own.count from (
      select max(seq) as seq, count(*) as count from verdict
      where project_id = ${project.id} group by code, outcome
    ) as own
    join verdict v on v.project_id = ${project.id} and v.seq = own.seq
    order by position(v.severity in 'EWI'), own.count desc, v.code`.execute(db.kysely)
  return rows.map((row) => ({ count: Number(row.count), newest: toVerdictRow(row) }))
}

function toVerdictRow(row: Selectable<Schema['verdict']>): VerdictRow {
  return {
    seq: row.seq,
    receivedAtMs: Number(row.received_at_ms),
    endpoint: row.endpoint,
    outcome: row.outcome,
    code: row.code,
    severity: row.severity,
    values: row.told,
    record: row.record,
    recordIndex: row.record_index,
    ids: row.ids,
  }
}

/** Every id of the user, and the very id that was asked for. */
function namesOf(project: ReadProject, distinctId: string) {
  return sql`array_append(${idsOfUsers(project, [distinctId])}, ${distinctId}::text)`
}

/**
 * Adds the verdicts that time has made due: an $identify whose device no event has linked since (IDS-24). They
 * are added when somebody asks, so that nothing needs to run in between. In: what was received up to `dueMs`
 * has had its time; ms since the epoch.
 */
export async function resolvePendingVerdicts(
  db: Db,
  projectId: number,
  dueMs: number,
  nowMs: number,
): Promise<void> {
  await db.pool.query(RESOLVE_PENDING, [projectId, dueMs, nowMs])
}

const RESOLVE_PENDING = `
  with live as materialized (select id from project where id = $1 for key share),
  due as materialized (
    select v.* from verdict v
    where v.project_id = (select id from live) and v.pending_device is not null and v.received_at_ms <= $2
    order by v.seq for update skip locked
  ),
  cleared as (
    update verdict v set pending_device = null from due where v.project_id = $1 and v.seq = due.seq
  )
  insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, told, ids, record,
                       record_index)
  select $1, $3, due.endpoint, 'no_effect', 'identity.no_event_after_identify', 'W',
         jsonb_build_object('device', due.pending_device, 'user', due.told ->> 'user'),
         due.ids, due.record, due.record_index
  from due
  where not exists (
    select from identity i where i.project_id = $1 and i.distinct_id = due.pending_device
  )
  order by due.seq`

/**
 * Deletes a project's oldest verdicts beyond `keep`, and those received before `fromMs`. Of those of no project (id 0)
 * not the oldest make room, but those of whoever has most of them.
 */
export async function pruneVerdicts(db: Db, projectId: number, keep: number, fromMs: number): Promise<void> {
  if (projectId === 0) await db.pool.query(PRUNE_UNROUTED, [keep, fromMs])
  else await db.pool.query(PRUNE, [projectId, keep, fromMs])
}

const PRUNE = `
  delete from verdict
  where project_id = $1
    and (received_at_ms < $3
      or seq <= (select seq from verdict where project_id = $1 order by seq desc offset $2 limit 1))`

/**
 * Every sender has its turn, in it every code, in it every token, the newest first: what comes after the first `keep`
 * goes. Of one sender, code and token the newest 100 stay.
 */
const PRUNE_UNROUTED = `
  with by_token as (
    select seq, received_at_ms, sender, code,
           row_number() over (partition by sender, code, told ->> 'token' order by seq desc) as of_token
    from verdict where project_id = 0
  ),
  by_code as (
    select *, row_number() over (partition by sender, code order by of_token, seq desc) as of_code from by_token
  ),
  by_sender as (
    select *, row_number() over (partition by sender order by of_code, seq desc) as of_sender from by_code
  ),
  turns as (
    select seq, received_at_ms, of_token, row_number() over (order by of_sender, seq desc) as turn from by_sender
  ),
  gone as materialized (
    select v.seq from verdict v
    where v.project_id = 0
      and v.seq = any(array(select seq from turns where turn > $1 or received_at_ms < $2 or of_token > 100))
    order by v.seq for update skip locked
  )
  delete from verdict v using gone where v.project_id = 0 and v.seq = gone.seq`
