import { isOn, type Params } from '../core/decode/params.ts'
import type { Project } from '../core/project.ts'
import { exportLine } from '../core/respond/event-line.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import type { Db } from '../store/db.ts'
import type { EventFilter } from '../store/read-events.ts'
import { dayRange, isDate, parseNames } from './days.ts'
import { readEventPages } from './event-pages.ts'
import { parseWhere } from './where.ts'

/** An export that was understood. Dates are days of the project's time zone, both inclusive. */
export interface ExportQuery {
  readonly fromDate: string
  readonly toDate: string
  readonly events: readonly string[] | undefined
  readonly where: Expression | undefined
  readonly limit: number
  readonly isTimeInMs: boolean
}

const MAX_LIMIT = 100_000
const MS_PER_DAY = 86_400_000

/**
 * Reads the parameters of an export (QRY-01, QRY-07, QRY-15). Errors are the sentence to answer with, for export
 * errors are plain text.
 */
export function parseExportQuery(
  params: Params,
  project: Project,
  nowMs: number,
): Result<ExportQuery, string> {
  const fromDate = params.get('from_date')
  const toDate = params.get('to_date')
  if (fromDate === undefined || !isDate(fromDate))
    return err('from_date must be a date of the form yyyy-mm-dd')
  if (toDate === undefined || !isDate(toDate)) return err('to_date must be a date of the form yyyy-mm-dd')
  if (fromDate > toDate) return err('from_date cannot be later than to_date')
  if (toDate > today(project.timezone, nowMs)) return err('to_date cannot be later than today')
  const events = parseNames('event', params.get('event'))
  if (!events.ok) return events
  const limit = params.get('limit')
  if (limit !== undefined && !(/^\d{1,6}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT)) {
    return err(`limit must be a number from 1 to ${MAX_LIMIT}`)
  }
  const where = parseWhere(params.get('where'))
  if (!where.ok) return where
  return ok({
    fromDate,
    toDate,
    events: events.value,
    where: where.value,
    limit: limit === undefined ? Number.POSITIVE_INFINITY : Number(limit),
    isTimeInMs: isOn(params.get('time_in_ms')),
  })
}

/**
 * The lines of an export, a page of them at a time: every version of every event (DDP-03), by time and then
 * by arrival (QRY-05). One page is in memory, whatever the size of the whole.
 */
export async function* exportLines(
  query: ExportQuery,
  project: Project,
  nowMs: number,
  db: Db,
): AsyncGenerator<string> {
  const days = await dayRange(query, project, db)
  const { retention_days: retentionDays, api_endpoint: apiEndpoint } = project.settings
  const retainedFromMs = retentionDays === null ? days.fromMs : nowMs - retentionDays * MS_PER_DAY
  const filter: EventFilter = {
    project,
    fromMs: Math.max(days.fromMs, retainedFromMs),
    toMs: days.toMs,
    events: query.events,
    where: query.where,
    isDeduplicated: false,
  }
  for await (const rows of readEventPages(db, filter, query.limit)) {
    let lines = ''
    for (const row of rows) lines += exportLine(row, apiEndpoint, query.isTimeInMs)
    yield lines
  }
}

/** All pages but the second half of the last, and the line with which live exports end when cut short (QRY-08). */
export async function* endEarly(pages: AsyncIterable<string>): AsyncGenerator<string> {
  let last = ''
  for await (const page of pages) {
    if (last !== '') yield last
    last = page
  }
  const lines = last.split(/(?<=\n)/)
  yield `${lines.slice(0, Math.floor(lines.length / 2)).join('')}terminated early\n`
}

/** Today's date where the project is: `en-CA` writes it as ISO does. */
function today(timezone: string, nowMs: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' }).format(nowMs)
}
