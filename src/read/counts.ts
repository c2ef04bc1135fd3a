import type { Params } from '../core/decode/params.ts'
import { shownAsOf } from '../core/identity/propagation.ts'
import { FUTURE_TOLERANCE_MS } from '../core/limits.ts'
import { toStorable } from '../core/normalise/text.ts'
import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Expression } from '../core/segmentation/ast.ts'
import { listBuckets, type Unit } from '../store/buckets.ts'
import { type CountFilter, type Counting, type CountType, countEvents } from '../store/count-events.ts'
import type { Db } from '../store/db.ts'
import { estimateEventNames, isCountLong, listEventNames } from '../store/rank-names.ts'
import { type Days, isLongUnit, parseDays, parseNames, retainedRange, startOfUnits, todayOf } from './days.ts'
import { countOf } from './limit.ts'
import { parseWhere } from './where.ts'

export interface CountsQuery extends Days, Counting {
  readonly events: readonly string[]
  readonly where: Expression | undefined
}

const TYPES: readonly CountType[] = ['general', 'unique', 'average']
/** The days that the shortest bucket of each unit covers. */
const UNIT_DAYS: Readonly<Record<Unit, number>> = {
  minute: 1 / 1_440,
  hour: 1 / 24,
  day: 1,
  week: 7,
  month: 28,
}
/** Numbers in one answer. */
const MAX_NUMBERS = 1_000_000
const MAX_BUCKETS = 10_000
const DEFAULT_SEGMENTS = 60
const PROPERTY_SEGMENTS = 255
const DEFAULT_NAMES = 255
export const MAX_LIMIT = 10_000
const NAMES_DAYS = 31

/** Reads the parameters of `segmentation` (QRY-17). Errors are the sentence to answer with. */
export function parseSegmentationQuery(params: Params, nowMs: number): Result<CountsQuery, string> {
  const event = params.get('event') || undefined
  if (event === undefined) return err('event is required')
  const on = parseWhere(params.get('on'), { name: 'on', nowMs })
  if (!on.ok) return on
  const where = parseWhere(params.get('where'), { nowMs })
  if (!where.ok) return where
  return parseCounts(params, { events: [toStorable(event)], on: on.value, where: where.value })
}

/** Reads the parameters of `events`, which counts several events (QRY-18). Errors are the sentence to answer with. */
export function parseEventCountsQuery(
  params: Params,
  project: Project,
  nowMs: number,
): Result<CountsQuery, string> {
  const events = parseNames('event', params.get('event'))
  if (!events.ok) return events
  if (events.value === undefined) return err('event is required')
  const dated = lastUnits(params, project, nowMs)
  if (!dated.ok) return dated
  return parseCounts(dated.value, { events: [...new Set(events.value)], on: undefined, where: undefined })
}

/**
 * Reads the parameters of `events/properties`: one event by the values of a property, or by some of them (QRY-18).
 * Errors are the sentence to answer with.
 */
export function parsePropertyCountsQuery(
  params: Params,
  project: Project,
  nowMs: number,
): Result<CountsQuery, string> {
  const event = params.get('event') || undefined
  if (event === undefined) return err('event is required')
  const on = propertyNamed(params)
  if (!on.ok) return on
  const values = parseNames('values', params.get('values'))
  if (!values.ok) return values
  const where: Expression | undefined = values.value && {
    kind: 'binary',
    operator: 'in',
    left: { kind: 'call', name: 'string', operand: on.value },
    right: { kind: 'list', values: values.value },
  }
  const dated = lastUnits(params, project, nowMs)
  if (!dated.ok) return dated
  const asked = { events: [toStorable(event)], on: on.value, where }
  return parseCounts(dated.value, asked, PROPERTY_SEGMENTS)
}

/** Reads the parameter `name`, a property of events. Errors are the sentence to answer with. */
export function propertyNamed(params: Params): Result<Expression, string> {
  const name = params.get('name') || undefined
  if (name === undefined) return err('name is required: the name of a property')
  return ok({ kind: 'property', source: 'properties', name: toStorable(name) })
}

/** Turns `interval` into days: that number of days, weeks or months, ending with the current one. */
function lastUnits(params: Params, { timezone }: Project, nowMs: number): Result<Params, string> {
  const interval = params.get('interval') || undefined
  if (interval === undefined) return ok(params)
  const unit = params.get('unit') || 'day'
  const isDated = params.get('from_date') !== undefined || params.get('to_date') !== undefined
  const count = countOf(interval, MAX_BUCKETS)
  if (isDated || count === undefined || !isLongUnit(unit)) {
    return err('interval must be a number of days, weeks or months, instead of from_date and to_date')
  }
  const toDate = todayOf(timezone, nowMs)
  const days = new Map([
    ['from_date', startOfUnits(toDate, unit, count)],
    ['to_date', toDate],
    ['interval', ''],
  ])
  return ok({ get: (name) => days.get(name) ?? params.get(name) })
}

function parseCounts(
  params: Params,
  asked: Pick<CountsQuery, 'events' | 'on' | 'where'>,
  segmentsUnlessAsked = DEFAULT_SEGMENTS,
): Result<CountsQuery, string> {
  for (const name of ['format', 'interval']) {
    if ((params.get(name) ?? '') !== '') return err(`${name} is not supported by this server`)
  }
  const days = parseDays(params)
  if (!days.ok) return days
  const type = parseType(params)
  if (!type.ok) return type
  const unit = params.get('unit') || 'day'
  if (!isUnit(unit)) return err(`unit must be one of ${Object.keys(UNIT_DAYS).join(', ')}`)
  const limit = parseLimit(params, asked.on === undefined ? MAX_LIMIT : segmentsUnlessAsked)
  if (!limit.ok) return limit
  const { fromDate, toDate } = days.value
  const covered = (Date.parse(toDate) - Date.parse(fromDate)) / MS_PER_DAY + 1
  const buckets = Math.ceil(covered / UNIT_DAYS[unit]) + 1
  const segments = asked.on === undefined ? asked.events.length : limit.value
  if (buckets > MAX_BUCKETS || buckets * segments > MAX_NUMBERS) {
    return err('the answer would be too long: ask for fewer days, a longer unit or a smaller limit')
  }
  return ok({ ...asked, ...days.value, type: type.value, unit, limit: limit.value })
}

/** Reads `type`, by default general. Errors are the sentence to answer with. */
export function parseType(params: Params): Result<CountType, string> {
  const type = params.get('type') || 'general'
  const known = TYPES.find((countType) => countType === type)
  return known === undefined ? err(`type must be one of ${TYPES.join(', ')}`) : ok(known)
}

function isUnit(text: string): text is Unit {
  return Object.hasOwn(UNIT_DAYS, text)
}

/** Reads `limit`. Errors are the sentence to answer with. */
export function parseLimit(params: Params, fallback: number): Result<number, string> {
  const limit = countOf(params.get('limit') || String(fallback), MAX_LIMIT)
  return limit === undefined ? err(`limit must be a number from 1 to ${MAX_LIMIT}`) : ok(limit)
}

/**
 * Answers with the number of events per bucket, in pieces of text; each event counts once, for the user it belongs to
 * now (QRY-17). A requested event is listed even if there is none; values only if they occur.
 */
export async function* countPieces(
  query: CountsQuery,
  project: Project,
  nowMs: number,
  db: Db,
): AsyncGenerator<string> {
  const filter = await countFilter(query, project, nowMs, db)
  const series = await listBuckets(db, query, query.unit)
  const counted = new Map<string, Map<string, number>>(
    query.on === undefined ? query.events.map((event) => [event, new Map()]) : [],
  )
  for (const { segment, bucket, count } of await countEvents(db, filter, query)) {
    const counts = counted.get(segment) ?? new Map<string, number>()
    counted.set(segment, counts.set(bucket, count))
  }
  yield `{"data":{"series":${JSON.stringify(series)},"values":{`
  let comma = ''
  for (const [segment, counts] of counted) {
    const values = series.map((bucket) => `"${bucket}":${counts.get(bucket) ?? 0}`)
    yield `${comma}${JSON.stringify(segment)}:{${values.join(',')}}`
    comma = ','
  }
  yield `}},"legend_size":${counted.size}}`
}

/** The filter of counted events: each once, for the user it belongs to now. */
export async function countFilter(
  query: CountsQuery,
  project: Project,
  nowMs: number,
  db: Db,
): Promise<CountFilter> {
  return {
    project,
    timezone: project.timezone,
    ...(await retainedRange(query, project, nowMs, db)),
    events: query.events,
    where: query.where,
    isDeduplicated: true,
    shownAsOfMs: shownAsOf(project, nowMs),
  }
}

export interface NamesQuery {
  readonly type: CountType
  readonly limit: number
}

/** Reads the parameters of `events/names` (QRY-18). Errors are the sentence to answer with. */
export function parseNamesQuery(params: Params): Result<NamesQuery, string> {
  const type = parseType(params)
  if (!type.ok) return type
  const limit = parseLimit(params, DEFAULT_NAMES)
  return limit.ok ? ok({ type: type.value, limit: limit.value }) : limit
}

/** Answers with the most frequent event names of the last 31 days, as a JSON array, in one piece. */
export async function* namePieces(
  { type, limit }: NamesQuery,
  project: Project,
  nowMs: number,
  db: Db,
): AsyncGenerator<string> {
  const fromMs = nowMs - NAMES_DAYS * MS_PER_DAY
  if (type === 'general' && (await isCountLong(db, project.id, fromMs))) {
    const period = { fromMs, toMs: nowMs + FUTURE_TOLERANCE_MS }
    yield JSON.stringify(await estimateEventNames(db, project.id, period, limit))
    return
  }
  const filter = { project, fromMs, isDeduplicated: true, shownAsOfMs: shownAsOf(project, nowMs) }
  yield JSON.stringify(await listEventNames(db, filter, type, limit))
}
