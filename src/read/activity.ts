import type { Params } from '../core/decode/params.ts'
import type { Project } from '../core/project.ts'
import { exportLine } from '../core/respond/event-line.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { type Days, dayRange, isDate, parseNames } from './days.ts'
import { readEventPages } from './event-pages.ts'

/** Whose activity, and on which days. */
export interface ActivityQuery extends Days {
  readonly distinctIds: readonly string[]
}

const MAX_IDS = 1_000

/** Reads the parameters of an activity stream (QRY-16). Errors are the sentence to answer with. */
export function parseActivityQuery(params: Params): Result<ActivityQuery, string> {
  const distinctIds = parseNames('distinct_ids', params.get('distinct_ids'))
  if (!distinctIds.ok) return distinctIds
  if (distinctIds.value === undefined || distinctIds.value.length === 0)
    return err('distinct_ids is required')
  if (distinctIds.value.length > MAX_IDS) return err(`distinct_ids may name ${MAX_IDS} ids at most`)
  const [fromDate, toDate] = [params.get('from_date'), params.get('to_date')]
  if (fromDate === undefined || !isDate(fromDate))
    return err('from_date must be a date of the form yyyy-mm-dd')
  if (toDate === undefined || !isDate(toDate)) return err('to_date must be a date of the form yyyy-mm-dd')
  return ok({ distinctIds: distinctIds.value, fromDate, toDate })
}

/**
 * The activity stream in pieces of text: the events of users, each named by any of its ids, merged, without
 * duplicates, in the order in which they happened (QRY-16).
 */
export async function* activityPieces(
  query: ActivityQuery,
  project: Project,
  db: Db,
): AsyncGenerator<string> {
  const days = await dayRange(query, project, db)
  const filter = { project, ...days, distinctIds: query.distinctIds, isDeduplicated: true }
  yield '{"status":"ok","results":{"events":['
  let comma = ''
  for await (const rows of readEventPages(db, filter, Number.POSITIVE_INFINITY)) {
    let piece = ''
    for (const row of rows) {
      piece += comma + exportLine(row, project.settings.api_endpoint, false).trimEnd()
      comma = ','
    }
    yield piece
  }
  yield ']}}'
}
