import { identifiedIdOf, mergedIdsOf } from '../identity/claim.ts'
import { sentDistinctId } from '../identity/distinct-id.ts'
import type { IdManagement } from '../identity/model.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { FUTURE_TOLERANCE_MS, MAX_INSERT_ID_BYTES, MIN_IMPORT_TIME_MS } from '../limits.ts'
import { MS_PER_DAY, parseTimeMs } from '../normalise/time.ts'
import { err, ok, type Result } from '../result.ts'
import { isDisallowed } from './disallowed.ts'
import { findPropertyError, NOT_UTF8 } from './properties.ts'
import { readTime } from './track.ts'

/** One entry of `failed_records`, without its index (IMP-11). */
export interface ImportError {
  readonly field: string
  readonly message: string
  /** The `$insert_id` as sent; empty if there is none. */
  readonly insertId: string
}

/** A record of /import with a name, properties and a usable time. */
export interface ImportRecord {
  readonly record: JsonObject
  readonly event: string
  readonly properties: JsonObject
  /** Ms since the epoch; undefined for a `$merge` without a time (IDO-20). */
  readonly timeMs: number | undefined
}

/** What the rows of IMP-14 depend on besides the record. */
export interface ImportRules {
  readonly idManagement: IdManagement
  /** Time of receipt, ms since the epoch. */
  readonly nowMs: number
  /** Null is off (IMP-21). */
  readonly retentionDays: number | null
}

/**
 * Rows 1 to 6 of IMP-14, and the equivalent for `$merge` (IDO-20, IDO-21): a record that fails them cannot be stored,
 * strict or not (IMP-13).
 */
export function validateImportStructure(record: Json, mode: IdManagement): Result<ImportRecord, ImportError> {
  if (!isJsonObject(record)) return recordError({}, '', 'record must be a JSON object')
  const sent = record['properties']
  const event = record['event'] ?? undefined
  const bag = isJsonObject(sent) ? sent : {}
  if (event === undefined || (typeof event === 'string' && event.trim() === '')) {
    return recordError(bag, 'event', "'event' must not be missing or blank")
  }
  if (typeof event !== 'string') return recordError(bag, 'event', "'event' is invalid: must be a string")
  if (!isJsonObject(sent)) return recordError(bag, 'properties', "'properties' must not be missing")
  if (event === '$merge' && mode === 'original' && mergedIdsOf(sent) === undefined) {
    return invalidField(sent, 'properties.$distinct_ids', 'must contain exactly two ids')
  }
  const time = readTime(sent)
  if (time === undefined) {
    if (event === '$merge') return ok({ record, event, properties: sent, timeMs: undefined })
    return invalidField(sent, 'properties.time', 'must not be missing')
  }
  const timeMs = parseTimeMs(time)
  if (timeMs === undefined) {
    return invalidField(sent, 'properties.time', 'must be specified as seconds since epoch')
  }
  return ok({ record, event, properties: sent, timeMs })
}

/**
 * Rows 7 to 18 and 20 of IMP-14, enforced with `strict=1`. Out: the first that fails. Row 19 needs the stored size (see
 * tooLargeError).
 */
export function findHygieneError(valid: ImportRecord, rules: ImportRules): ImportError | undefined {
  const { properties } = valid
  const time = timeProblem(valid.timeMs, rules)
  if (time !== undefined) return fieldError(properties, 'properties.time', time)
  const id = distinctIdProblem(valid, rules.idManagement)
  if (id !== undefined) return fieldError(properties, 'properties.distinct_id', id)
  const insertId = insertIdProblem(valid)
  if (insertId !== undefined) return fieldError(properties, '$insert_id', insertId)
  if (!valid.event.isWellFormed()) return notUtf8(properties)
  const property = findPropertyError(properties)
  if (property !== undefined) return { ...property, insertId: sentInsertId(properties) }
  const { retentionDays, nowMs } = rules
  const timeMs = valid.timeMs ?? nowMs
  if (retentionDays !== null && timeMs < nowMs - retentionDays * MS_PER_DAY) {
    return fieldError(properties, 'properties.time', 'outside of the retention window')
  }
  return undefined
}

/** The text of row 11 of IMP-14. */
export const INSERT_ID_MISSING = 'must not be missing'

/** Why strict import refuses an `$insert_id` (rows 11 to 14 of IMP-14), or undefined. */
export function findInsertIdProblem(value: Json | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return INSERT_ID_MISSING
  const text = typeof value === 'string' || Number.isFinite(value) ? String(value) : ''
  if (Buffer.byteLength(text) > MAX_INSERT_ID_BYTES) return `must be at most ${MAX_INSERT_ID_BYTES} bytes`
  if (!/^[A-Za-z0-9-]+$/.test(text)) return "must only contain alphanumeric or hyphen '-' characters"
  return isDisallowed(text) ? 'must not be one of the disallowed values' : undefined
}

/** Rows 11 to 14; a `$merge` needs no `$insert_id` (IDO-20). */
function insertIdProblem({ event, properties }: ImportRecord): string | undefined {
  const problem = findInsertIdProblem(properties['$insert_id'])
  return event === '$merge' && problem === INSERT_ID_MISSING ? undefined : problem
}

/** The error of a record over the size limit (row 19). */
export function tooLargeError(properties: JsonObject): ImportError {
  return { field: '', message: 'event is larger than 1048576 bytes', insertId: sentInsertId(properties) }
}

/** Row 15 for the event's name; for properties see findPropertyError. */
function notUtf8(properties: JsonObject): ImportError {
  const message = `event is invalid: ${NOT_UTF8}`
  return { field: 'event', message, insertId: sentInsertId(properties) }
}

function timeProblem(timeMs: number | undefined, rules: ImportRules): string | undefined {
  if (timeMs === undefined) return undefined
  if (timeMs < MIN_IMPORT_TIME_MS) return 'must not be before 1971-01-01'
  return timeMs > rules.nowMs + FUTURE_TOLERANCE_MS ? 'must not be in the future' : undefined
}

/** Row 9. `$merge` needs no distinct_id, and `$identify` implies it (IDO-30). */
function distinctIdProblem({ event, properties }: ImportRecord, mode: IdManagement): string | undefined {
  const id = event === '$identify' ? identifiedIdOf(properties) : sentDistinctId(properties)
  const isMissing = id === undefined && properties['distinct_id'] !== '' && event !== '$merge'
  if (mode !== 'simplified' && isMissing) return 'must not be missing'
  return id !== undefined && isDisallowed(id) ? 'must not be one of the disallowed values' : undefined
}

function sentInsertId(properties: JsonObject): string {
  const value = properties['$insert_id']
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function fieldError(properties: JsonObject, field: string, problem: string): ImportError {
  return { field, message: `'${field}' is invalid: ${problem}`, insertId: sentInsertId(properties) }
}

function invalidField(properties: JsonObject, field: string, problem: string): Result<never, ImportError> {
  return err(fieldError(properties, field, problem))
}

function recordError(properties: JsonObject, field: string, message: string): Result<never, ImportError> {
  return err({ field, message, insertId: sentInsertId(properties) })
}
