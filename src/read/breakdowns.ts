import type { Params } from '../core/decode/params.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import { toStorable } from '../core/normalise/text.ts'
import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import { listProfileProperties, listPropertyNames, listValues } from '../store/breakdowns.ts'
import { type CountType, countEvents } from '../store/count-events.ts'
import type { Db } from '../store/db.ts'
import { readEventNames } from '../store/event-names.ts'
import type { EventFilter } from '../store/read-events.ts'
import { MAX_LIMIT, parseLimit, parseType, propertyNamed } from './counts.ts'
import { dayAfter, dayRange, todayOf } from './days.ts'

/*
 * The contents of a project: today's events, the properties of events and profiles, and their values. Tools that copy a
 * project ask this first, to get its columns (QRY-18).
 */

export interface TopQuery {
  readonly type: CountType
  readonly limit: number
}

const TOP_EVENTS = 100
const TOP_PROPERTIES = 10
const TOP_VALUES = 255
/** Identity events are left out (IDO-34). */
const HIDDEN: ReadonlySet<string> = new Set(['$identify', '$create_alias', '$merge'])

/** Reads the parameters of `events/top`. Errors are the sentence to answer with. */
export function parseTopQuery(params: Params): Result<TopQuery, string> {
  const type = parseType(params)
  if (!type.ok) return type
  const limit = parseLimit(params, TOP_EVENTS)
  return limit.ok ? ok({ type: type.value, limit: limit.value }) : limit
}

/** Answers with today's events, most frequent first, and the change since yesterday. */
export async function* topPieces({ type, limit }: TopQuery, project: Project, nowMs: number, db: Db) {
  const { timezone } = project
  const toDate = todayOf(timezone, nowMs)
  const fromDate = dayAfter(toDate, -1)
  const range = await dayRange({ fromDate, toDate }, project, db)
  // By name, so that nothing is read but the index by name.
  const named = await readEventNames(db, project.id)
  const filter = { ...readable(project, nowMs), ...range, timezone, events: named }
  const counts = await countEvents(db, filter, { type, unit: 'day', on: undefined, limit: MAX_LIMIT })
  const before = new Map(
    counts.filter(({ bucket }) => bucket === fromDate).map(({ segment, count }) => [segment, count]),
  )
  const today = counts.filter(({ segment, bucket }) => bucket === toDate && !HIDDEN.has(segment))
  const events = today
    .toSorted((a, b) => b.count - a.count)
    .slice(0, limit)
    .map(({ segment, count }) => {
      return { amount: count, event: segment, percent_change: changeOf(count, before.get(segment)) }
    })
  yield JSON.stringify({ events, type })
}

/** The relative change since yesterday; 1 if there was nothing yesterday. */
function changeOf(today: number, yesterday = 0): number {
  return yesterday === 0 ? 1 : (today - yesterday) / yesterday
}

export interface PropertiesQuery {
  /** Undefined for all events, or for profiles. */
  readonly event: string | undefined
  readonly limit: number
}

/** Reads the parameters of `events/properties/top` and `engage/properties`. Errors are the sentence to answer with. */
export function parsePropertiesQuery(params: Params): Result<PropertiesQuery, string> {
  const limit = parseLimit(params, TOP_PROPERTIES)
  return limit.ok ? ok({ event: eventOf(params), limit: limit.value }) : limit
}

/** Answers with the properties of events, and how many events have each. */
export async function* propertyNamePieces(query: PropertiesQuery, project: Project, nowMs: number, db: Db) {
  const { event, limit } = query
  const filter = { ...readable(project, nowMs), events: event === undefined ? undefined : [event] }
  const entries = (await listPropertyNames(db, filter, limit)).map(({ name, count }) => [name, { count }])
  yield JSON.stringify(Object.fromEntries(entries))
}

/** Answers with the properties of user profiles, how many have each, and their types. */
export async function* profilePropertyPieces({ limit }: PropertiesQuery, project: Project, db: Db) {
  const rows = await listProfileProperties(db, project.id, limit)
  const results = Object.fromEntries(rows.map(({ name, count, type }) => [name, { count, type }]))
  yield JSON.stringify({ status: 'ok', results })
}

export interface ValuesQuery {
  readonly event: string
  readonly property: Expression
  readonly limit: number
}

/** Reads the parameters of `events/properties/values`. Errors are the sentence to answer with. */
export function parseValuesQuery(params: Params): Result<ValuesQuery, string> {
  const event = eventOf(params)
  if (event === undefined) return err('event is required')
  const property = propertyNamed(params)
  if (!property.ok) return property
  const limit = parseLimit(params, TOP_VALUES)
  return limit.ok ? ok({ event, property: property.value, limit: limit.value }) : limit
}

/** Answers with the values of a property as texts, most frequent first. */
export async function* valuePieces(query: ValuesQuery, project: Project, nowMs: number, db: Db) {
  const { event, property, limit } = query
  const where: Expression = { kind: 'call', name: 'defined', operand: property }
  const filter = { ...readable(project, nowMs), events: [event], where }
  yield JSON.stringify(await listValues(db, filter, property, limit))
}

function eventOf(params: Params): string | undefined {
  const event = params.get('event') || undefined
  return event === undefined ? undefined : toStorable(event)
}

/** Everything within the project's retention (IMP-21), each event once. */
function readable(project: Project, nowMs: number): EventFilter {
  const { retention_days: kept } = project.settings
  const fromMs = kept === null ? undefined : nowMs - kept * MS_PER_DAY
  return { project, fromMs, isDeduplicated: true, shownAsOfMs: shownAsOf(project, nowMs) }
}
