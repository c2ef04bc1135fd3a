import type { Params } from '../core/decode/params.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { PROFILE_SOURCES } from '../core/segmentation/parse.ts'
import type { Db } from '../store/db.ts'
import type { EventFilter } from '../store/read-events.ts'
import { findFirstProfiles, type ProfileFilter, readProfileRows } from '../store/read-profiles.ts'
import { nextPageRows } from './event-pages.ts'
import { parseTime } from './events.ts'
import { eventLines } from './export.ts'
import { parseWhere } from './where.ts'

/** Before and after every event, in ms since the epoch. */
const [FIRST_MS, LAST_MS] = [-8_640_000_000_000_000, 8_640_000_000_000_000]

type AllEvents = EventFilter & { readonly fromMs: number; readonly toMs: number }

/** Reads the parameters of an export of events by our own API. Errors are the sentence to answer with. */
export function parseAllEvents(params: Params, project: Project, nowMs: number): Result<AllEvents, string> {
  const from = parseTime('from', params.get('from'))
  if (!from.ok) return from
  const to = parseTime('to', params.get('to'))
  if (!to.ok) return to
  const where = parseWhere(params.get('where'), { nowMs })
  if (!where.ok) return err(where.error)
  const event = params.get('event')
  return ok({
    project,
    fromMs: from.value ?? FIRST_MS,
    toMs: to.value ?? LAST_MS,
    events: event === undefined ? undefined : [toStorable(event)],
    where: where.value,
    isDeduplicated: false,
    shownAsOfMs: shownAsOf(project, nowMs),
  })
}

/** The lines of all versions of all events that match, by time, one page at a time; times in ms. */
export function allEventLines(
  filter: AllEvents,
  project: Project,
  db: Db,
  targetChars: () => number,
): AsyncGenerator<string> {
  return eventLines(filter, project, db, { limit: Number.POSITIVE_INFINITY, isTimeInMs: true, targetChars })
}

/** Reads the parameters of an export of profiles by our own API. Errors are the sentence to answer with. */
export function parseAllProfiles(
  params: Params,
  project: Project,
  nowMs: number,
): Result<ProfileFilter, string> {
  const where = parseWhere(params.get('where'), { sources: PROFILE_SOURCES, nowMs })
  if (!where.ok) return err(where.error)
  return ok({
    projectId: project.id,
    groupKey: '',
    where: where.value,
    listsLinked: project.idManagement === 'legacy',
    shownAsOfMs: shownAsOf(project, nowMs),
  })
}

const PAGE_IDS = 1_000

/** The lines of all profiles of users that match, by id. */
export async function* allProfileLines(
  filter: ProfileFilter,
  db: Db,
  targetChars: () => number,
): AsyncGenerator<string> {
  let ids: readonly string[]
  let after: string | undefined
  do {
    ids = await findFirstProfiles(db, { ...filter, after }, PAGE_IDS)
    after = ids.at(-1)
    let size = 1
    for (let from = 0; from < ids.length; ) {
      const page = await readProfileLines(db, filter, ids.slice(from, from + size), targetChars())
      from += page.count
      size = page.nextCount
      yield page.lines
    }
  } while (ids.length === PAGE_IDS)
}

/** In a function of its own, so that the rows are not held while their text is being sent. */
async function readProfileLines(
  db: Db,
  filter: ProfileFilter,
  ids: readonly string[],
  targetChars: number,
): Promise<{ readonly lines: string; readonly count: number; readonly nextCount: number }> {
  const rows = await readProfileRows(db, filter, ids, undefined)
  let lines = ''
  for (const { id, propertiesJson } of rows) {
    lines += `{"$distinct_id":${JSON.stringify(id)},"$properties":${propertiesJson}}\n`
  }
  return { lines, count: rows.length, nextCount: nextPageRows(rows, targetChars) }
}
