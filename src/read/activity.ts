import type { Params } from '../core/decode/params.ts'
import type { Project } from '../core/project.ts'
import { exportLine } from '../core/respond/event-line.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import { type Days, dayRange, parseDays, parseNames } from './days.ts'
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
  const days = parseDays(params)
  if (!days.ok) return days
  return ok({ distinctIds: distinctIds.value, ...days.value })
}

/**
 * The activity stream in pieces of text: the events of users, each named by any of its ids, merged, without duplicates,
 * by time (QRY-16).
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
