import { setTimeout as sleep } from 'node:timers/promises'
import { nowOf } from '../core/clock.ts'
import type { Params } from '../core/decode/params.ts'
import { differencesFrom, distanceOf } from '../core/near-miss.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { CATALOGUE } from '../core/verdict/catalogue.ts'
import type { Db } from '../store/db.ts'
import { type EventRow, readEventPage } from '../store/read-events.ts'
import { readVerdicts, type VerdictRow } from '../store/verdicts.ts'
import { showEvent } from './events.ts'
import { LIMIT, parseLimit } from './limit.ts'
import { SETTLED_CODES, settleDue, showVerdict } from './verdicts.ts'

/** What to wait for: events, or verdicts where a code is named. */
export interface WaitQuery {
  readonly event: string | undefined
  readonly distinctId: string | undefined
  readonly code: string | undefined
  readonly count: number
  readonly timeoutMs: number
}

/** What a wait works with. */
export interface WaitDeps {
  readonly db: Db
  /** Now by the server's clock, in ms since the epoch. */
  readonly clock: () => number
  /** The project as it is now: a reset may come in between. Undefined once it is gone. */
  readonly findProject: () => Promise<Project | undefined>
  /** How many wait on this server now. */
  readonly underWay: () => number
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal
}

/** How a wait ended: with what was waited for, or with what came instead. */
export interface WaitOutcome {
  readonly isMet: boolean
  readonly body: object
}

/** Schema of a `timeout_ms`, and of a `count`. */
export const TIMEOUT_MS = { type: 'integer', minimum: 0, maximum: 60_000, default: 5_000 } as const
export const COUNT = { ...LIMIT, default: 1 } as const

/** A commit is seen within this, whichever server has made it; nothing is asked of ingestion. */
const LOOK_EVERY_MS = 20
/** Waits that look that often: where there are more, all look the less often, so that the database has no more to do. */
const FREQUENT_WAITS = 32
/** Half a second: settling locks, and looks through many events. */
const LOOKS_PER_SETTLING = 25
/** How much of what came instead is compared, and how much of it is told. */
const COMPARED = 200
const TOLD = 5

/** Reads the parameters of `GET …/wait`. Errors are the sentence to answer with. */
export function parseWaitQuery(params: Params): Result<WaitQuery, string> {
  const count = parseLimit(params.get('count') ?? String(COUNT.default))
  if (!count.ok) return err(`count must be a number from ${COUNT.minimum} to ${COUNT.maximum}.`)
  const timeout = params.get('timeout_ms') ?? String(TIMEOUT_MS.default)
  if (!/^\d{1,5}$/.test(timeout) || Number(timeout) > TIMEOUT_MS.maximum) {
    return err(`timeout_ms must be a number from ${TIMEOUT_MS.minimum} to ${TIMEOUT_MS.maximum}.`)
  }
  const code = params.get('code')
  if (code !== undefined && !Object.hasOwn(CATALOGUE, code)) {
    return err('code must be one of those that GET /_twin/verdicts lists.')
  }
  const event = params.get('event')
  if (code !== undefined && event !== undefined) {
    return err('code waits for verdicts and event for events: give one of them.')
  }
  const distinctId = params.get('distinct_id')
  return ok({
    event: event === undefined ? undefined : toStorable(event),
    distinctId: distinctId === undefined ? undefined : toStorable(distinctId),
    code,
    count: count.value,
    timeoutMs: Number(timeout),
  })
}

/**
 * Waits until `count` matching events, or verdicts, are there, the oldest of which it shows. At the timeout it
 * shows what came instead, the nearest first, each with what differs, and the verdicts that may explain an absence.
 */
export async function waitFor(query: WaitQuery, deps: WaitDeps): Promise<WaitOutcome | undefined> {
  const timeout = AbortSignal.timeout(query.timeoutMs)
  const isSettled = query.code !== undefined && SETTLED_CODES.has(query.code)
  for (let look = 0; ; look++) {
    const project = await deps.findProject()
    if (project === undefined || deps.signal.aborted) return undefined
    const isOver = timeout.aborted
    if (isOver || (isSettled && look % LOOKS_PER_SETTLING === 0)) {
      await settleDue(project, nowOf(project, deps.clock()), deps.db)
    }
    const matched = await findMatches(query, project, deps.db)
    if (matched.length >= query.count) return { isMet: true, body: { matched } }
    if (isOver) return { isMet: false, body: await tellAbsence(query, matched, project, deps.db) }
    await sleep(LOOK_EVERY_MS * Math.max(1, deps.underWay() / FREQUENT_WAITS))
  }
}

async function findMatches(query: WaitQuery, project: Project, db: Db): Promise<readonly object[]> {
  const { event, distinctId, code, count } = query
  if (code !== undefined) {
    return (await readVerdicts(db, { project, codes: [code], distinctId }, count)).map(showVerdict)
  }
  const filter = {
    project,
    events: event === undefined ? undefined : [event],
    distinctIds: distinctId === undefined ? undefined : [distinctId],
    isDeduplicated: true,
  }
  return (await readEventPage(db, filter, count)).map((row) => showOne(row, project))
}

function showOne(row: EventRow, project: Project): object {
  return JSON.parse(showEvent(row, project.settings.api_endpoint))
}

async function tellAbsence(
  query: WaitQuery,
  matched: readonly object[],
  project: Project,
  db: Db,
): Promise<object> {
  const rows = await readEventPage(db, { project, isDeduplicated: true, isNewestFirst: true }, COMPARED)
  const nearest = rows
    .map((row) => ({ row, differences: differencesFrom(query, row) }))
    .filter(({ differences }) => query.code !== undefined || differences.length > 0)
    .map(({ row, differences }) => ({ row, differences, distance: distanceOf(differences) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, TOLD)
    .map(({ row, differences }) => ({ ...showOne(row, project), differences }))
  return { matched, nearest, verdicts: await explainAbsence(query, project, db) }
}

/** The newest verdicts on what was not stored, or had no effect: first those that name what was waited for. */
async function explainAbsence(query: WaitQuery, project: Project, db: Db): Promise<readonly object[]> {
  const own = await readVerdicts(db, { project, isNewestFirst: true }, COMPARED)
  const lost = await readVerdicts(db, { project: undefined, isNewestFirst: true }, TOLD)
  return [...own, ...lost]
    .filter((row) => query.code === row.code || row.outcome !== 'stored')
    .toSorted((a, b) => Number(names(query, b)) - Number(names(query, a)))
    .slice(0, TOLD)
    .map(showVerdict)
}

function names({ event, distinctId }: WaitQuery, { record }: VerdictRow): boolean {
  const wanted = [event, distinctId].filter((text) => text !== undefined)
  return record !== null && wanted.some((text) => record.includes(JSON.stringify(text)))
}
