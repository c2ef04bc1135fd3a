import type { Params } from '../core/decode/params.ts'
import { MAX_VERDICT_AGE_MS, MAX_VERDICTS } from '../core/limits.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { CATALOGUE, type VerdictCode } from '../core/verdict/catalogue.ts'
import { OUTCOMES, SEVERITIES } from '../core/verdict/entry.ts'
import { renderKept } from '../core/verdict/verdict.ts'
import { readLastEvent } from '../store/arrivals.ts'
import type { Db } from '../store/db.ts'
import { findDuplicates } from '../store/duplicates.ts'
import {
  countVerdicts,
  pruneVerdicts,
  readVerdicts,
  resolvePendingVerdicts,
  type VerdictFilter,
  type VerdictRow,
} from '../store/verdicts.ts'
import { parseTime } from './events.ts'
import { parseLimit } from './limit.ts'
import { parseIsNewestFirst } from './order.ts'

export interface VerdictsQuery {
  readonly filter: VerdictFilter
  readonly limit: number
}

/**
 * Reads the parameters of `GET …/verdicts`. In: the project, or undefined for the verdicts without one. Errors are the
 * sentence to answer with.
 */
export function parseVerdictsQuery(
  params: Params,
  project: Project | undefined,
): Result<VerdictsQuery, string> {
  const limit = parseLimit(params.get('limit'))
  if (!limit.ok) return limit
  const filter = parseVerdictFilter(params, project)
  if (!filter.ok) return filter
  const after = params.get('after')
  if (after !== undefined && !/^\d{1,18}$/.test(after)) {
    return err('after must be a cursor that this route gave as next.')
  }
  const isNewestFirst = parseIsNewestFirst(params.get('order'))
  if (!isNewestFirst.ok) return isNewestFirst
  const page = { after, ...(isNewestFirst.value && { isNewestFirst: true }) }
  return ok({ filter: { ...filter.value, ...page }, limit: limit.value })
}

/** Reads the parameters that select verdicts. Errors are the sentence to answer with. */
export function parseVerdictFilter(
  params: Params,
  project: Project | undefined,
): Result<VerdictFilter, string> {
  const outcomes = parseWords('outcome', params, OUTCOMES)
  if (!outcomes.ok) return outcomes
  const severities = parseWords('severity', params, SEVERITIES)
  if (!severities.ok) return severities
  const code = params.get('code')
  if (code !== undefined && !Object.hasOwn(CATALOGUE, code)) {
    return err('code must be one of those that GET /_twin/verdicts lists.')
  }
  const receivedAfterMs = parseTime('received_after', params.get('received_after'))
  if (!receivedAfterMs.ok) return receivedAfterMs
  const distinctId = params.get('distinct_id')
  return ok({
    project,
    outcomes: outcomes.value,
    severities: severities.value,
    codes: code === undefined ? undefined : [code],
    distinctId: distinctId === undefined ? undefined : toStorable(distinctId),
    receivedAfterMs: receivedAfterMs.value,
  })
}

/** Words separated by commas. */
function parseWords(
  name: string,
  params: Params,
  known: readonly string[],
): Result<readonly string[] | undefined, string> {
  const words = params.get(name)?.split(',')
  return words?.every((word) => known.includes(word)) === false
    ? err(`${name} must be one of ${known.join(', ')}, or several of them, separated by commas.`)
    : ok(words)
}

/** A page of verdicts, oldest first by default, and the cursor of the next page; null on the last. */
export async function showVerdicts(
  query: VerdictsQuery,
  project: Project | undefined,
  nowMs: number,
  db: Db,
) {
  if (project !== undefined) await resolveDue(project, nowMs, db)
  const rows = await readVerdicts(db, query.filter, query.limit + 1)
  const shown = rows.slice(0, query.limit)
  return {
    verdicts: shown.map(showVerdict),
    next: rows.length > query.limit ? (shown.at(-1)?.seq ?? null) : null,
  }
}

/** How often each code occurred, with its newest verdict; most severe first, then most frequent. */
export async function showVerdictCounts(filter: VerdictFilter, project: Project, nowMs: number, db: Db) {
  await resolveDue(project, nowMs, db)
  const counts = await countVerdicts(db, filter)
  return { codes: counts.map(({ count, newest }) => ({ count, newest: showVerdict(newest) })) }
}

/** Codes that are determined only when verdicts are read: resolveDue adds them. */
export const RESOLVED_CODES: ReadonlySet<string> = new Set<VerdictCode>([
  'identity.no_event_after_identify',
  'dedup.hidden_duplicate',
  'dedup.insert_id_reused',
  'dedup.compaction_candidate',
])

/** Adds the verdicts that are due now, within the limits of all verdicts. */
export async function resolveDue(project: Project, nowMs: number, db: Db): Promise<void> {
  const dueMs = nowMs - project.settings.identify_event_delay_s * 1_000
  const pending = await resolvePendingVerdicts(db, project.id, dueMs, nowMs)
  const added = pending + (await resolveDuplicates(project, nowMs, db))
  if (added > 0) await pruneVerdicts(db, project.id, MAX_VERDICTS, nowMs - MAX_VERDICT_AGE_MS)
}

/** Per generation of the database, project and version, the event up to which duplicates have been searched. */
const marks = new WeakMap<Db['shared'], Map<string, bigint>>()
/** Projects remembered per database. */
const MAX_MARKS = 10_000

/** Adds verdicts on duplicates, unless no project has received an event since the last search. Out: their number. */
async function resolveDuplicates(project: Project, nowMs: number, db: Db): Promise<number> {
  const ofDatabase = marks.get(db.shared) ?? new Map<string, bigint>()
  marks.set(db.shared, ofDatabase)
  const key = `${db.shared.generation}:${project.id}:${project.version}`
  if (ofDatabase.get(key) === (await readLastEvent(db.pool))) return 0
  if (ofDatabase.size >= MAX_MARKS) ofDatabase.clear()
  const { added, upTo } = await findDuplicates(db, project, nowMs)
  if (upTo !== undefined) ofDatabase.set(key, upTo)
  return added
}

/** A verdict as the API shows it. */
export function showVerdict(row: VerdictRow) {
  return {
    id: row.seq,
    received_at: new Date(row.receivedAtMs).toISOString(),
    endpoint: row.endpoint,
    ...renderKept(row.code, row.values, row.outcome, row.severity),
    values: row.values,
    record: row.record === null ? null : JSON.parse(row.record),
    record_index: row.recordIndex,
  }
}
