import type { Params } from '../core/decode/params.ts'
import { toStorable } from '../core/normalise/text.ts'
import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { startOfDayMs } from '../store/start-of-day.ts'

/** Days, both inclusive, as yyyy-mm-dd: in the project's time zone, or in that of its exports. */
export interface Days {
  readonly fromDate: string
  readonly toDate: string
}

/**
 * Reads `from_date` and `to_date`. Errors are the sentence
 * to answer with.
 */
export function parseDays(params: Params): Result<Days, string> {
  const [fromDate, toDate] = [params.get('from_date'), params.get('to_date')]
  if (fromDate === undefined || !isDate(fromDate))
    return err('from_date must be a date of the form yyyy-mm-dd')
  if (toDate === undefined || !isDate(toDate)) return err('to_date must be a date of the form yyyy-mm-dd')
  if (fromDate > toDate) return err('from_date cannot be later than to_date')
  return ok({ fromDate, toDate })
}

/** The project with the time zone in which its exports count days (QRY-07). */
export function withExportDays(project: Project): Project {
  return project.settings.export_days === 'project' ? project : { ...project, timezone: 'UTC' }
}

/** The period that days cover, in ms since the epoch: from (inclusive), to (exclusive). */
export async function dayRange({ fromDate, toDate }: Days, { timezone }: Project, db: Db) {
  const fromMs = await startOfDayMs(db, fromDate, timezone)
  return { fromMs, toMs: await startOfDayMs(db, toDate, timezone, 1) }
}

/** The same, without what is older than the project's retention (IMP-21). */
export async function retainedRange(days: Days, project: Project, nowMs: number, db: Db) {
  const { fromMs, toMs } = await dayRange(days, project, db)
  const { retention_days: kept } = project.settings
  return { fromMs: kept === null ? fromMs : Math.max(fromMs, nowMs - kept * MS_PER_DAY), toMs }
}

/** Today's date in a time zone, as yyyy-mm-dd, the format of the locale `en-CA`. */
export function todayOf(timezone: string, nowMs: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format(nowMs)
}

/** The date a number of days later, or earlier. In and out: yyyy-mm-dd. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(date) + days * MS_PER_DAY).toISOString().slice(0, 10)
}

/** A unit of time that starts at midnight. */
export type LongUnit = 'day' | 'week' | 'month'

export function isLongUnit(unit: string): unit is LongUnit {
  return unit === 'day' || unit === 'week' || unit === 'month'
}

/** The first day of `count` units that end with the one of `date`; weeks begin on Monday. */
export function startOfUnits(date: string, unit: LongUnit, count: number): string {
  const day = new Date(date)
  if (unit === 'month') {
    return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - count + 1)).toISOString().slice(0, 10)
  }
  const sinceMonday = (day.getUTCDay() + 6) % 7
  return dayAfter(date, unit === 'day' ? 1 - count : 7 * (1 - count) - sinceMonday)
}

/** True for an existing day, as yyyy-mm-dd. */
function isDate(text: string): boolean {
  // Postgres has no year 0.
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/**
 * Reads a parameter that is a JSON array of texts. Out: undefined if it is missing. Errors are the sentence to answer
 * with.
 */
export function parseNames(
  name: string,
  text: string | undefined,
): Result<readonly string[] | undefined, string> {
  if (text === undefined || text === '') return ok(undefined)
  try {
    const names: unknown = JSON.parse(text)
    if (Array.isArray(names) && names.every((name) => typeof name === 'string')) {
      return ok(names.map(toStorable))
    }
  } catch {
    // Not JSON: the same error as for JSON of another shape.
  }
  return err(`${name} must be a JSON array of strings, such as ["Sign Up"]`)
}
