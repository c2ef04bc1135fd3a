import { FUTURE_TO_DATE, TERMINATED_EARLY } from '../core/answers/reading.ts'
import { isOn, type Params } from '../core/decode/params.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import type { Project } from '../core/project.ts'
import { exportLine } from '../core/respond/event-line.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import { finding } from '../core/verdict/finding.ts'
import type { Db } from '../store/db.ts'
import type { EventFilter } from '../store/read-events.ts'
import { type Days, parseDays, parseNames, retainedRange, todayOf, withExportDays } from './days.ts'
import { readEventPages, readSlicedPages } from './event-pages.ts'
import { countOf } from './limit.ts'
import { error, type QueryError } from './query-answer.ts'
import { parseWhere } from './where.ts'

/** The parsed parameters of an export. Dates are in the time zone of its days (QRY-07), both inclusive. */
export interface ExportQuery extends Days {
  readonly events: readonly string[] | undefined
  readonly where: Expression | undefined
  readonly limit: number
  readonly isTimeInMs: boolean
}

const MAX_LIMIT = 100_000

/**
 * Reads the parameters of an export (QRY-01, QRY-07, QRY-15). Errors are the sentence to answer with, since export
 * errors are plain text.
 */
export function parseExportQuery(
  params: Params,
  project: Project,
  nowMs: number,
): Result<ExportQuery, QueryError> {
  const days = parseDays(params)
  if (!days.ok) return err(error(days.error))
  const { toDate } = days.value
  const { timezone } = withExportDays(project)
  const today = todayOf(timezone, nowMs)
  if (toDate > today) {
    const future = finding('query.export_future_date', { timezone, today, to_date: toDate })
    return err(error(FUTURE_TO_DATE, [{ finding: future, ids: [] }]))
  }
  const events = parseNames('event', params.get('event'))
  if (!events.ok) return err(error(events.error))
  const asked = params.get('limit')
  const limit = asked === undefined ? Number.POSITIVE_INFINITY : countOf(asked, MAX_LIMIT)
  if (limit === undefined) return err(error(`limit must be a number from 1 to ${MAX_LIMIT}`))
  const where = parseWhere(params.get('where'), { nowMs })
  if (!where.ok) return err(error(where.error))
  return ok({
    ...days.value,
    events: events.value,
    where: where.value,
    limit,
    isTimeInMs: isOn(params.get('time_in_ms')),
  })
}

/**
 * The lines of an export, one page at a time: all versions of all events (DDP-03), by time and then by arrival
 * (QRY-05). Only one page is in memory, whatever the size of the export; `targetChars` is the size of the next one.
 */
export async function* exportLines(
  query: ExportQuery,
  project: Project,
  nowMs: number,
  db: Db,
  targetChars?: () => number,
): AsyncGenerator<string> {
  const filter = {
    project,
    ...(await retainedRange(query, withExportDays(project), nowMs, db)),
    events: query.events,
    where: query.where,
    isDeduplicated: false,
    shownAsOfMs: shownAsOf(project, nowMs),
  }
  const { limit, isTimeInMs } = query
  yield* eventLines(filter, project, db, { limit, isTimeInMs, targetChars })
}

/** How the lines of events are read. */
interface EventLines {
  readonly limit: number
  readonly isTimeInMs: boolean
  readonly targetChars?: (() => number) | undefined
}

/** The lines of the events that match, one page at a time. */
export async function* eventLines(
  filter: EventFilter & { readonly fromMs: number; readonly toMs: number },
  { settings }: Pick<Project, 'settings'>,
  db: Db,
  { limit, isTimeInMs, targetChars }: EventLines,
): AsyncGenerator<string> {
  // A filter by event name alone is faster without slices.
  const read = filter.where === undefined ? readEventPages : readSlicedPages
  for await (const rows of read(db, filter, limit, targetChars)) {
    let lines = ''
    for (const row of rows.splice(0)) lines += exportLine(row, settings.api_endpoint, isTimeInMs)
    yield lines
  }
}

/**
 * All pages but the second half of the last, and then the line that Mixpanel's exports end with when cut short
 * (QRY-08).
 */
export async function* endEarly(pages: AsyncIterable<string>): AsyncGenerator<string> {
  let last = ''
  for await (const page of pages) {
    if (last !== '') yield last
    last = page
  }
  const lines = last.split(/(?<=\n)/)
  yield `${lines.slice(0, Math.floor(lines.length / 2)).join('')}${TERMINATED_EARLY}\n`
}
