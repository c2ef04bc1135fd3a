import type { Params } from '../core/decode/params.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { countProfiles, type Revenue, sumTransactions } from '../store/profile-sums.ts'
import type { ProfileFilter } from '../store/read-profiles.ts'
import { type Days, dayAfter, parseDays } from './days.ts'
import { parseProfilesQuery } from './profiles.ts'

/** The longest period of a revenue query: each of its days is in the answer. */
const MAX_DAYS = 3_660

/** Reads the parameters of `engage/stats`: the filter on profiles (QRY-27). Errors are the sentence to answer with. */
export function parseStatsQuery(
  params: Params,
  project: Project,
  nowMs: number,
): Result<ProfileFilter, string> {
  const action = params.get('action') || 'count()'
  if (action !== 'count()') return err('action must be count(): others are not supported by this server')
  if ((params.get('segment_by_cohorts') ?? '') !== '') {
    return err('segment_by_cohorts is not supported by this server: use where')
  }
  const query = parseProfilesQuery(params, project, nowMs)
  if (!query.ok) return query
  return ok({ ...query.value.filter, shownAsOfMs: shownAsOf(project, nowMs) })
}

/** Answers with the number of profiles. */
export async function* statsPieces(filter: ProfileFilter, _project: Project, nowMs: number, db: Db) {
  const results = await countProfiles(db, filter)
  yield JSON.stringify({ computed_at: new Date(nowMs).toISOString(), results, status: 'ok' })
}

export interface RevenueQuery {
  readonly filter: ProfileFilter
  readonly days: Days
}

/** Reads the parameters of `engage/revenue` (QRY-27). Errors are the sentence to answer with. */
export function parseRevenueQuery(
  params: Params,
  project: Project,
  nowMs: number,
): Result<RevenueQuery, string> {
  if ((params.get('unit') || 'day') !== 'day') return err('unit must be day')
  const days = parseDays(params)
  if (!days.ok) return days
  const { fromDate, toDate } = days.value
  if (Date.parse(toDate) - Date.parse(fromDate) >= MAX_DAYS * MS_PER_DAY) {
    return err(`the period must not be longer than ${MAX_DAYS} days`)
  }
  const filter = parseStatsQuery(params, project, nowMs)
  return filter.ok ? ok({ filter: filter.value, days: days.value }) : filter
}

/** Answers with the revenue of each day, and of all days under `$overall`. */
export async function* revenuePieces(
  { filter, days }: RevenueQuery,
  _project: Project,
  nowMs: number,
  db: Db,
) {
  const count = await countProfiles(db, filter)
  const sums = new Map((await sumTransactions(db, filter, days)).map((sum) => [sum.day, sum]))
  const show = (sum: Revenue | undefined) => {
    return { amount: sum?.amount ?? 0, count, paid_count: sum?.paying ?? 0 }
  }
  const entries = daysOf(days).map((day) => [day, show(sums.get(day))] as const)
  const results = { $overall: show(sums.get(null)), ...Object.fromEntries(entries) }
  yield JSON.stringify({ computed_at: new Date(nowMs).toISOString(), results, status: 'ok' })
}

function daysOf({ fromDate, toDate }: Days): readonly string[] {
  const count = (Date.parse(toDate) - Date.parse(fromDate)) / MS_PER_DAY + 1
  return Array.from({ length: count }, (_, n) => dayAfter(fromDate, n))
}
