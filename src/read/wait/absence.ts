import { type Comparison, compare, farnessOf, type WantedUser } from '../../core/near-miss.ts'
import type { Project } from '../../core/project.ts'
import { renderKept } from '../../core/verdict/verdict.ts'
import type { Db } from '../../store/db.ts'
import { isRetroactive } from '../../store/members.ts'
import { findInOtherProjects, type OtherProjectRow } from '../../store/other-projects.ts'
import { type EventRow, readEventPage } from '../../store/read-events.ts'
import { findCanonical } from '../../store/users.ts'
import { readVerdicts, type VerdictRow } from '../../store/verdicts.ts'
import { showEvent } from '../events.ts'
import { showVerdict } from '../verdicts.ts'
import type { WaitQuery } from './query.ts'

/** How much of what came instead is compared, and how much of it is told. */
const COMPARED = 200
const MAX_SHOWN = 5

/** An event as our own API shows it. */
export function showRow(row: EventRow, project: Project): object {
  return JSON.parse(showEvent(row, project.settings.api_endpoint))
}

interface NearMiss extends Comparison {
  readonly row: EventRow
}

/**
 * Why what was waited for is not there: in a sentence, what came instead, the nearest first, the verdicts that may
 * explain it, and where else it went.
 */
export async function explainAbsence(
  query: WaitQuery,
  matched: readonly object[],
  project: Project,
  db: Db,
): Promise<object> {
  const nearest = await findNearest(query, project, db)
  const verdicts = await explainingVerdicts(query, project, db)
  const isNamed = query.code === undefined && (query.event ?? query.distinctId) !== undefined
  const elsewhere = isNamed ? await findInOtherProjects(db, project.id, query, COMPARED) : []
  const likely = elsewhere
    .toSorted((a, b) => tokenFarness(project, a) - tokenFarness(project, b))
    .slice(0, MAX_SHOWN)
  const came = `${matched.length} of ${query.count} came within ${query.timeoutMs} ms.`
  return {
    detail: `${came} ${reasonFor(query, project, { nearest, verdicts, elsewhere: likely })}`,
    matched,
    nearest: nearest.map(({ row, differences }) => ({ ...showRow(row, project), differences })),
    verdicts: verdicts.map(showVerdict),
    elsewhere: likely.map(showOtherProject),
  }
}

/** The newest events, the nearest of them first. */
async function findNearest(query: WaitQuery, project: Project, db: Db): Promise<readonly NearMiss[]> {
  const rows = await readEventPage(db, { project, isDeduplicated: true, isNewestFirst: true }, COMPARED)
  const user = await findUser(query, project, db)
  return rows
    .map((row) => ({ row, ...compare(query, row, user) }))
    .filter(({ distance }) => query.code !== undefined || distance > 0)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MAX_SHOWN)
}

async function findUser(
  { distinctId }: WaitQuery,
  project: Project,
  db: Db,
): Promise<WantedUser | undefined> {
  if (distinctId === undefined) return undefined
  const canonicalId = await findCanonical(db, project, distinctId)
  return { canonicalId, isRetroactive: isRetroactive(project) }
}

/** The newest verdicts on what was not stored, or had no effect: those first that name the most of what was waited for. */
async function explainingVerdicts(
  query: WaitQuery,
  project: Project,
  db: Db,
): Promise<readonly VerdictRow[]> {
  const own = await readVerdicts(db, { project, isNewestFirst: true }, COMPARED)
  const lost = await readVerdicts(db, { project: undefined, isNewestFirst: true }, COMPARED)
  return [
    ...own.filter((row) => row.outcome !== 'stored' || (isOnCopies(row) && namesIn(query, row) > 0)),
    // What came for nobody concerns many: where it can be read, it must be what was waited for.
    ...lost.filter((row) => row.record === null || namesIn(query, row) > 0 || isUnnamed(query)),
  ]
    .filter((row) => query.code === undefined || row.code === query.code || row.outcome !== 'stored')
    .toSorted((a, b) => namesIn(query, b) - namesIn(query, a))
    .slice(0, MAX_SHOWN)
}

function isUnnamed({ event, distinctId }: WaitQuery): boolean {
  return event === undefined && distinctId === undefined
}

/** A copy is stored and not shown: whoever counts misses it. */
function isOnCopies({ code }: VerdictRow): boolean {
  return code === 'dedup.hidden_duplicate'
}

/** How much of what was waited for a verdict names. */
function namesIn({ event, distinctId }: WaitQuery, { record, values, ids }: VerdictRow): number {
  const names = (text: string) =>
    record?.includes(JSON.stringify(text)) ?? Object.values(values).includes(text)
  const isOnEvent = event !== undefined && names(event)
  const isOnUser = distinctId !== undefined && (ids.includes(distinctId) || names(distinctId))
  // Another event of the user says less than this event of another.
  return (isOnEvent ? 2 : 0) + (isOnUser ? 1 : 0)
}

function isOnIt(query: WaitQuery, verdict: VerdictRow): boolean {
  return namesIn(query, verdict) >= (query.event === undefined ? 1 : 2)
}

interface Findings {
  readonly nearest: readonly NearMiss[]
  readonly verdicts: readonly VerdictRow[]
  readonly elsewhere: readonly OtherProjectRow[]
}

/** The likeliest reason, as a sentence. */
function reasonFor(query: WaitQuery, { token }: Project, { nearest, verdicts, elsewhere }: Findings): string {
  const [verdict] = verdicts
  // What was only changed is there.
  if (verdict !== undefined && verdict.outcome !== 'changed' && isOnIt(query, verdict)) {
    return renderKept(verdict.code, verdict.values, verdict.outcome, verdict.severity).message
  }
  const [near] = nearest
  const [other] = elsewhere
  if (near !== undefined && (near.distance === 1 || isTheEvent(near))) return explainDifference(near)
  const went =
    other === undefined ? '' : ` ${JSON.stringify(other.event)} came to ${JSON.stringify(other.token)}.`
  // Tests that run side by side send the same: only a token that is like ours was meant to be ours.
  if (other !== undefined && farnessOf(token, other.token) < 2) return `Another token was sent:${went}`
  if (near?.distance === 2) return explainDifference(near)
  if (nearest.length === 0 && verdicts.length === 0) {
    return `Nothing else came to the project with the token ${JSON.stringify(token)}.${went}`
  }
  return `nearest shows what came instead, verdicts what had no effect.${went}`
}

/** The event that was waited for, with other properties. */
function isTheEvent({ differences }: NearMiss): boolean {
  return differences.length > 0 && differences.every(({ field }) => field.startsWith('properties.'))
}

function explainDifference({ differences }: NearMiss): string {
  const sentences = differences.map(({ field, found, hint }) => {
    if (found === '') return `${field}. ${hint}`
    // Those of properties are JSON already.
    return `${field}: ${field.startsWith('properties.') ? found : JSON.stringify(found)}. ${hint}`
  })
  return `The nearest differs in ${sentences.join(' And in ')}`
}

function tokenFarness(project: Project, { token }: OtherProjectRow): number {
  return farnessOf(project.token, token)
}

function showOtherProject({ publicId, token, event, distinctId, receivedAtMs }: OtherProjectRow) {
  const received_at = new Date(receivedAtMs).toISOString()
  return { project_id: publicId, token, event, distinct_id: distinctId, received_at }
}
