import { nowOf } from '../../core/clock.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Project } from '../../core/project.ts'
import { type ArrivalKind, hasArrived } from '../../store/arrivals.ts'
import type { Db } from '../../store/db.ts'
import { readEventPage } from '../../store/read-events.ts'
import { readVerdicts } from '../../store/verdicts.ts'
import { Wakeup } from '../stream/wakeup.ts'
import type { View, Watcher } from '../stream/watcher.ts'
import { RESOLVED_CODES, resolveDue, showVerdict } from '../verdicts.ts'
import { explainAbsence, showRow } from './absence.ts'
import type { WaitQuery } from './query.ts'

/** What a wait works with. */
export interface WaitDeps {
  readonly db: Db
  /** Now by the server's clock, in ms since the epoch. */
  readonly clock: () => number
  readonly watcher: Watcher
  /** Aborted when the time is over. */
  readonly timeout: AbortSignal
  /** Lets few at once look for why nothing came: whoever still waits needs connections too. */
  readonly runInQueue: <T extends object>(work: () => Promise<T>) => Promise<T | undefined>
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal
}

/** How a wait ended: with what was waited for, or with what came instead. */
export interface WaitOutcome {
  readonly isMet: boolean
  readonly body: object
}

/**
 * Waits until `count` matching events, or verdicts, are there, the oldest of which it shows. At the timeout it
 * shows what came instead, the nearest first, each with what differs, and the verdicts that may explain an absence.
 * Undefined when the project is gone, or nobody waits any more. Errors: those of the database.
 */
export async function waitFor(
  query: WaitQuery,
  project: Project,
  deps: WaitDeps,
): Promise<WaitOutcome | undefined> {
  const resolves = query.code !== undefined && RESOLVED_CODES.has(query.code)
  if (resolves) await resolveDue(project, nowOf(project, deps.clock()), deps.db)
  const matched = await findMatches(query, project, deps.db)
  if (matched.length >= query.count) return { isMet: true, body: { matched } }
  if (deps.timeout.aborted) return await deps.runInQueue(() => giveUp(query, project, deps))
  const wakeup = new Wakeup()
  const interest = { resolves, wakeup }
  const { publicId } = project
  try {
    const view = await deps.watcher.enter(publicId, interest)
    return view && (await listen(query, publicId, { view, wakeup }, deps))
  } finally {
    deps.watcher.leave(publicId, interest)
  }
}

interface Listening {
  /** What there was when it began. */
  readonly view: View
  readonly wakeup: Wakeup
}

/** Looks again whenever there may be more of what is waited for. */
async function listen(
  query: WaitQuery,
  publicId: number,
  { view, wakeup }: Listening,
  deps: WaitDeps,
): Promise<WaitOutcome | undefined> {
  const { db, watcher, timeout } = deps
  const signal = AbortSignal.any([deps.signal, timeout])
  let mayMatch = true
  // What has a number up to there has been looked at.
  let from = view.settled.event
  for (;;) {
    const { projects, settled } = watcher.view(view)
    const project = projects.get(publicId)
    if (project === undefined || deps.signal.aborted) return undefined
    if (timeout.aborted) return await deps.runInQueue(() => giveUp(query, project, deps))
    const matched = mayMatch ? await findMatches(query, project, db) : []
    if (mayMatch && matched.length >= query.count) return { isMet: true, body: { matched } }
    const heard = await wakeup.listen(signal)
    const now = watcher.view(view).projects.get(publicId)
    mayMatch = now?.id !== project.id || (await concerns(query, heard, now.id, from, db))
    from = settled.event
  }
}

/** True where what has come since, numbered after `from`, may be what is waited for. */
async function concerns(
  { event, distinctId, properties, code }: WaitQuery,
  heard: ReadonlySet<ArrivalKind>,
  projectId: number,
  from: bigint,
  db: Db,
): Promise<boolean> {
  if (code !== undefined) return heard.has('verdict')
  // Earlier events may have become the user's.
  if (distinctId !== undefined && heard.has('link')) return true
  if (!heard.has('event')) return false
  // To look at all of a large project takes longer than to look at what is new.
  return await hasArrived(db, projectId, { from, event, propertiesJson: jsonOf(properties) })
}

/** The last look, and what came instead. */
async function giveUp(query: WaitQuery, project: Project, { db, clock }: WaitDeps): Promise<WaitOutcome> {
  await resolveDue(project, nowOf(project, clock()), db)
  const matched = await findMatches(query, project, db)
  if (matched.length >= query.count) return { isMet: true, body: { matched } }
  return { isMet: false, body: await explainAbsence(query, matched, project, db) }
}

async function findMatches(query: WaitQuery, project: Project, db: Db): Promise<readonly object[]> {
  const { event, distinctId, properties, code, count } = query
  if (code !== undefined) {
    return (await readVerdicts(db, { project, codes: [code], distinctId }, count)).map(showVerdict)
  }
  const filter = {
    project,
    events: event === undefined ? undefined : [event],
    distinctIds: distinctId === undefined ? undefined : [distinctId],
    propertiesJson: jsonOf(properties),
    isDeduplicated: true,
  }
  return (await readEventPage(db, filter, count)).map((row) => showRow(row, project))
}

function jsonOf(value: JsonObject | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}
