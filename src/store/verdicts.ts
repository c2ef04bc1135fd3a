import { type RawBuilder, type Selectable, sql } from 'kysely'
import type { VerdictCode } from '../core/verdict/catalogue.ts'
import type { Outcome, Severity } from '../core/verdict/entry.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { Db } from './db.ts'
import { HOLD_PROJECT } from './locks.ts'
import { idsOfUsers, type ReadProject } from './members.ts'
import type { Schema } from './schema.ts'

/** A stored verdict. */
export interface VerdictRow {
  /** A bigint, as text; increases with every verdict. */
  readonly seq: string
  readonly receivedAtMs: number
  readonly endpoint: string
  readonly outcome: Outcome
  readonly code: VerdictCode
  readonly severity: Severity
  readonly values: Finding['values']
  /** JSON; null for a verdict on a whole request. */
  readonly record: string | null
  readonly recordIndex: number | null
  /** Every distinct_id in the record. */
  readonly ids: readonly string[]
}

/** Conditions on verdicts; an absent one matches all. */
export interface VerdictFilter {
  /** Undefined for verdicts without a project. */
  readonly project: ReadProject | undefined
  readonly outcomes?: readonly string[] | undefined
  readonly severities?: readonly string[] | undefined
  readonly codes?: readonly string[] | undefined
  /** Only verdicts on records of this user: any of its ids. */
  readonly distinctId?: string | undefined
  /** Only verdicts received later, in ms since the epoch. */
  readonly receivedAfterMs?: number | undefined
  /** Only verdicts added since this project was created or last reset; its `project.id`. */
  readonly sinceStartOf?: number | undefined
  /** Only verdicts with a greater seq, or a smaller one if the newest come first. */
  readonly after?: string | undefined
  /** Only verdicts with this seq or a smaller one. */
  readonly upTo?: string | undefined
  readonly isNewestFirst?: boolean
}

/** Verdicts that match a filter, oldest first unless it says otherwise. */
export async function readVerdicts(
  db: Db,
  filter: VerdictFilter,
  limit: number,
): Promise<readonly VerdictRow[]> {
  const { after, upTo, isNewestFirst = false } = filter
  let query = db.kysely.selectFrom('verdict').selectAll().where(matches(filter))
  if (after !== undefined) query = query.where('seq', isNewestFirst ? '<' : '>', after)
  if (upTo !== undefined) query = query.where('seq', '<=', upTo)
  const rows = await query
    .orderBy('seq', isNewestFirst ? 'desc' : 'asc')
    .limit(limit)
    .execute()
  return rows.map(toVerdictRow)
}

/** The conditions of a filter, except those on positions. */
function matches(filter: VerdictSelection): RawBuilder<boolean> {
  const { project, outcomes, severities, codes, distinctId, receivedAfterMs, sinceStartOf } = filter
  const conditions = [sql`verdict.project_id = ${project?.id ?? 0}`]
  if (outcomes !== undefined) conditions.push(sql`verdict.outcome = any(${outcomes})`)
  if (severities !== undefined) conditions.push(sql`verdict.severity = any(${severities})`)
  if (codes !== undefined) conditions.push(sql`verdict.code = any(${codes})`)
  if (receivedAfterMs !== undefined) conditions.push(sql`verdict.received_at_ms > ${receivedAfterMs}`)
  if (sinceStartOf !== undefined) {
    conditions.push(sql`verdict.seq > (select verdict_seq_at_start from project where id = ${sinceStartOf})`)
  }
  if (distinctId !== undefined && project !== undefined) {
    conditions.push(sql`verdict.ids && ${namesOf(project, distinctId)}::text[]`)
  }
  return sql<boolean>`${sql.join(conditions, sql` and `)}`
}

/** The number of verdicts with one code, outcome and severity, and the newest of them. */
export interface VerdictCount {
  readonly count: number
  readonly newest: VerdictRow
}

/** Conditions on verdicts, except those on positions. */
type VerdictSelection = Omit<VerdictFilter, 'after' | 'upTo' | 'isNewestFirst'>

/** Counts the verdicts that match a filter by code, outcome and severity, most severe first, then most frequent. */
export async function countVerdicts(db: Db, selection: VerdictSelection): Promise<readonly VerdictCount[]> {
  const severity = sql`array_position(array['error', 'warning', 'info'], verdict.severity)`
  return await readCounts(db, selection, sql`${severity}, counted.count desc, verdict.code`)
}

/** Counts the errors and warnings on records that name a user as countVerdicts does, newest first. In: any of its ids. */
export async function readProblems(
  db: Db,
  project: ReadProject,
  distinctId: string,
): Promise<readonly VerdictCount[]> {
  const problems = { project, severities: ['error', 'warning'], distinctId }
  return await readCounts(db, problems, sql`verdict.seq desc`)
}

async function readCounts(
  db: Db,
  selection: VerdictSelection,
  order: RawBuilder<unknown>,
): Promise<readonly VerdictCount[]> {
  const { rows } = await sql<CountedRow>`
    select verdict.*, counted.count from (
      select max(seq) as seq, count(*) as count from verdict where ${matches(selection)} group by code, outcome, severity
    ) as counted
    join verdict on verdict.project_id = ${selection.project?.id ?? 0} and verdict.seq = counted.seq
    order by ${order}`.execute(db.kysely)
  return rows.map((row) => ({ count: Number(row.count), newest: toVerdictRow(row) }))
}

type CountedRow = Selectable<Schema['verdict']> & { readonly count: string }

function toVerdictRow(row: Selectable<Schema['verdict']>): VerdictRow {
  return {
    seq: row.seq,
    receivedAtMs: Number(row.received_at_ms),
    endpoint: row.endpoint,
    outcome: row.outcome,
    code: row.code,
    severity: row.severity,
    values: row.finding_values,
    record: row.record,
    recordIndex: row.record_index,
    ids: row.ids,
  }
}

/** All ids of the user, and the given id itself, which may be unknown. */
function namesOf(project: ReadProject, distinctId: string) {
  return sql`array_append(${idsOfUsers(project, [distinctId])}, ${distinctId}::text)`
}

/**
 * Adds the verdicts that have become due: for each $identify whose device no event has linked since (IDS-24). Runs when
 * verdicts are read, so that no background task is needed. In: times in ms since the epoch; records received up to
 * `dueMs` are due. Out: the number of verdicts added.
 */
export async function resolvePendingVerdicts(
  db: Db,
  projectId: number,
  dueMs: number,
  nowMs: number,
): Promise<number> {
  return (await db.pool.query(RESOLVE_PENDING_VERDICTS, [projectId, dueMs, nowMs])).rowCount ?? 0
}

const RESOLVE_PENDING_VERDICTS = `
  with live as materialized (${HOLD_PROJECT}),
  due as materialized (
    select * from verdict
    where project_id = (select id from live) and pending_device is not null and received_at_ms <= $2
    order by seq for update skip locked
  ),
  linked as materialized (
    select distinct_id from identity
    where identity.project_id = $1 and identity.distinct_id = any(array(select pending_device from due))
  ),
  cleared as (
    update verdict set pending_device = null from due where verdict.project_id = $1 and verdict.seq = due.seq
  )
  insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids, record,
                       record_index)
  select $1, $3, due.endpoint, 'no_effect', 'identity.no_event_after_identify', 'warning',
         jsonb_build_object('device', due.pending_device, 'user', due.finding_values ->> 'user'),
         due.ids, due.record, due.record_index
  from due
  where due.pending_device not in (select distinct_id from linked)
  order by due.seq`

/**
 * Deletes a project's oldest verdicts beyond `keep`, and those received before `fromMs`. Of the verdicts without a
 * project (id 0), those beyond `keep` are taken from the senders that have the most, instead of the oldest.
 */
export async function pruneVerdicts(db: Db, projectId: number, keep: number, fromMs: number): Promise<void> {
  if (projectId === 0) await db.pool.query(PRUNE_UNROUTED_VERDICTS, [keep, fromMs])
  else await db.pool.query(PRUNE_VERDICTS, [projectId, keep, fromMs])
}

const PRUNE_VERDICTS = `
  delete from verdict
  where project_id = $1
    and (received_at_ms < $3
      or seq <= (select seq from verdict where project_id = $1 order by seq desc offset $2 limit 1))`

/**
 * Ranks verdicts round robin by sender, within a sender by code, and within a code by token, newest first, and deletes
 * those after the first `keep`. Of each sender, code and token at most the newest 100 are kept.
 */
const PRUNE_UNROUTED_VERDICTS = `
  with by_token as (
    select seq, received_at_ms, sender, code,
           row_number() over (partition by sender, code, finding_values ->> 'token' order by seq desc) as of_token
    from verdict where project_id = 0
  ),
  by_code as (
    select *, row_number() over (partition by sender, code order by of_token, seq desc) as of_code from by_token
  ),
  by_sender as (
    select *, row_number() over (partition by sender order by of_code, seq desc) as of_sender from by_code
  ),
  ranked as (
    select seq, received_at_ms, of_token, row_number() over (order by of_sender, seq desc) as place from by_sender
  ),
  gone as materialized (
    select seq from verdict
    where project_id = 0
      and seq = any(array(select seq from ranked where place > $1 or received_at_ms < $2 or of_token > 100))
    order by seq for update skip locked
  )
  delete from verdict using gone where verdict.project_id = 0 and verdict.seq = gone.seq`
