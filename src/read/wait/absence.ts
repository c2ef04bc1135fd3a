import { type Comparison, compare, farnessOf, type WantedUser } from '../../core/near-miss.ts'
import type { Project } from '../../core/project.ts'
import { renderKept } from '../../core/verdict/verdict.ts'
import type { Db } from '../../store/db.ts'
import { readEventPage } from '../../store/event-page.ts'
import { isRetroactive } from '../../store/members.ts'
import { findInOtherProjects, type OtherProjectRow } from '../../store/other-projects.ts'
import type { EventRow } from '../../store/read-events.ts'
import { findCanonical } from '../../store/users.ts'
import { readVerdicts, type VerdictRow } from '../../store/verdicts.ts'
import { type Near, quote, type Reason } from './answer.ts'
import { showRow } from './find.ts'
import type { WantedEvents } from './query.ts'

/** How many records are compared, and how many of them are shown. */
export const COMPARED = 200
export const MAX_SHOWN = 5

/** What the records that came are compared with: of several names, the one that is missing. */
interface Missing extends WantedEvents {
  readonly event: string | undefined
}

interface NearEvent extends Comparison {
  readonly row: EventRow
}

/** Why events have not come: from the events that came instead, verdicts, and the other projects that got such an event. */
export async function explainEvents(
  wanted: WantedEvents,
  matched: readonly object[],
  project: Project,
  db: Db,
): Promise<Reason> {
  const missing = { ...wanted, event: missingName(wanted, matched) }
  const nearest = await findNearest(missing, project, db)
  const { verdicts, own } = await explainingVerdicts(missing, project, db)
  const elsewhere = await findElsewhere(missing, project, db)
  const [verdict] = verdicts
  // A record that was only changed has been stored.
  const isJudged = verdict !== undefined && verdict.outcome !== 'changed' && isOnIt(missing, verdict)
  const came = { nearest, verdicts, elsewhere, isJudged }
  return {
    ...came,
    text: textOf(project, { ...came, hasOwnVerdicts: own > 0, hasMatches: matched.length > 0 }),
    nearest: nearest.map((near) => toNear(near, project)),
  }
}

/** The first name of which not enough has come. */
function missingName({ names }: WantedEvents, matched: readonly object[]): string | undefined {
  const cameOf = (name: string) => matched.filter((shown) => 'event' in shown && shown.event === name).length
  return [...(names ?? [])].find(([name, count]) => cameOf(name) < count)?.[0]
}

/** The newest events, nearest first. */
async function findNearest(missing: Missing, project: Project, db: Db): Promise<readonly NearEvent[]> {
  const rows = await readEventPage(db, { project, isDeduplicated: true, isNewestFirst: true }, COMPARED)
  const user = await findUser(missing, project, db)
  return rows
    .map((row) => ({ row, ...compare(missing, row, user) }))
    .filter(({ row, distance }) => distance > 0 && !isOtherName(missing, row.event))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MAX_SHOWN)
}

/** Another of the names that were waited for. */
function isOtherName({ names: wanted, event }: Missing, name: string): boolean {
  return name !== event && wanted?.has(name) === true
}

async function findUser({ distinctId }: Missing, project: Project, db: Db): Promise<WantedUser | undefined> {
  if (distinctId === undefined) return undefined
  const canonicalId = await findCanonical(db, project, distinctId)
  return { canonicalId, isRetroactive: isRetroactive(project) }
}

function toNear({ row, differences }: NearEvent, project: Project): Near {
  return {
    shown: { ...showRow(row, project), differences },
    label: `${quote(row.event)} of ${quote(row.canonicalId)}`,
    difference: textOfDifferences(differences),
  }
}

export function textOfDifferences(differences: Comparison['differences']): string {
  return differences
    .slice(0, MAX_SHOWN)
    .map(({ text }) => text)
    .join(' ')
}

/**
 * The newest verdicts on what was not stored or had no effect since the project began; those that name the most of what
 * was waited for come first. Out: also how many are the project's own.
 */
async function explainingVerdicts(missing: Missing, project: Project, db: Db) {
  const ofProject = await readVerdicts(db, { project, isNewestFirst: true }, COMPARED)
  const own = ofProject.filter(
    (row) => row.outcome !== 'stored' || (isOnCopies(row) && namesIn(missing, row) > 0),
  )
  const lost = (await readLostVerdicts(project, db)).filter(
    // They concern many clients: one with a readable record must name the expected event.
    (row) => row.record === null || namesIn(missing, row) > 0 || isUnnamed(missing),
  )
  const verdicts = [...own, ...lost]
    .toSorted((a, b) => namesIn(missing, b) - namesIn(missing, a))
    .slice(0, MAX_SHOWN)
  return { verdicts, own: own.length }
}

/** The newest verdicts without a project, since this one was created or last reset. */
export async function readLostVerdicts(project: Project, db: Db): Promise<readonly VerdictRow[]> {
  const filter = { project: undefined, sinceStartOf: project.id, isNewestFirst: true }
  return await readVerdicts(db, filter, COMPARED)
}

function isUnnamed({ event, distinctId }: Missing): boolean {
  return event === undefined && distinctId === undefined
}

/** A duplicate is stored but hidden, so a count of events misses it. */
function isOnCopies({ code }: VerdictRow): boolean {
  return code === 'dedup.hidden_duplicate'
}

/** How many of the expected values a verdict names. */
function namesIn({ event, distinctId }: Missing, verdict: VerdictRow): number {
  const isOnEvent = event !== undefined && names(verdict, event)
  // Another event of the user is a weaker match than this event of another user.
  return (isOnEvent ? 2 : 0) + (distinctId !== undefined && names(verdict, distinctId) ? 1 : 0)
}

/** True if the record of a verdict, or its values, contain a text. */
export function names({ record, values, ids }: VerdictRow, text: string): boolean {
  return ids.includes(text) || (record?.includes(quote(text)) ?? Object.values(values).includes(text))
}

function isOnIt(missing: Missing, verdict: VerdictRow): boolean {
  return namesIn(missing, verdict) >= (missing.event === undefined ? 1 : 2)
}

/**
 * Other projects that got such an event, perhaps intended for this one: their token is similar, or nobody has
 * declared them. Those of tests running in parallel get the same events.
 */
async function findElsewhere(
  missing: Missing,
  { id, token }: Project,
  db: Db,
): Promise<readonly OtherProjectRow[]> {
  if (isUnnamed(missing)) return []
  const others = await findInOtherProjects(db, id, missing, COMPARED)
  return others
    .filter((other) => other.isStray || isSimilar(token, other))
    .toSorted((a, b) => farnessOf(token, a.token) - farnessOf(token, b.token))
    .slice(0, MAX_SHOWN)
}

function isSimilar(token: string, other: OtherProjectRow): boolean {
  return farnessOf(token, other.token) < 2
}

interface Came {
  readonly nearest: readonly NearEvent[]
  readonly verdicts: readonly VerdictRow[]
  readonly isJudged: boolean
  readonly elsewhere: readonly OtherProjectRow[]
  readonly hasOwnVerdicts: boolean
  readonly hasMatches: boolean
}

/** The likeliest reason, in words. */
function textOf(project: Project, came: Came): string {
  const [verdict] = came.verdicts
  const [near] = came.nearest
  const [other] = came.elsewhere
  if (verdict !== undefined && came.isJudged) return messageOf(verdict)
  if (near !== undefined && (near.distance === 1 || isTheEvent(near)))
    return textOfDifferences(near.differences)
  const went = other && `${quote(other.event)} came to ${quote(other.token)}.`
  if (other !== undefined && isSimilar(project.token, other)) return `Another token was sent: ${went}`
  return [near ? textOfDifferences(near.differences) : textOfNothing(project, came), went]
    .filter(Boolean)
    .join(' ')
}

function textOfNothing({ token }: Project, { verdicts, hasOwnVerdicts, hasMatches }: Came): string {
  if (hasMatches) return 'No other event has reached this project.'
  const [verdict] = verdicts
  if (hasOwnVerdicts && verdict !== undefined)
    return `No event was stored in this project. ${messageOf(verdict)}`
  const nothing = `No event has reached this project. Its token is ${quote(token)}.`
  return verdict === undefined ? nothing : `${nothing} A request without a known token: ${messageOf(verdict)}`
}

export function messageOf({ code, values, outcome, severity }: VerdictRow): string {
  return renderKept(code, values, outcome, severity).message
}

/** The event that was waited for, with different properties. */
function isTheEvent({ differences }: NearEvent): boolean {
  return differences.length > 0 && differences.every(({ field }) => field.startsWith('properties.'))
}
