import {
  BAD_INSERT_ID,
  DISALLOWED_VALUE,
  isInvalid,
  largerThan,
  longerThan,
  MISSING,
  missingOrBlank,
  NOT_A_STRING,
  NOT_TWO_IDS,
  notUtf8,
  OUTSIDE_RETENTION,
  PROPERTIES_MISSING,
  RECORD_NOT_OBJECT,
  TIME_IN_FUTURE,
  TIME_NOT_NUMERIC,
  TIME_TOO_EARLY,
} from '../answers/import.ts'
import { identifiedIdOf, mergedIdsOf } from '../identity/claim.ts'
import { isSentForNobody, sentDistinctId } from '../identity/distinct-id.ts'
import type { IdManagement } from '../identity/model.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { FUTURE_TOLERANCE_MS, MAX_INSERT_ID_BYTES, MAX_RECORD_BYTES, MIN_IMPORT_TIME_MS } from '../limits.ts'
import { MS_PER_DAY, parseTimeMs } from '../normalise/time.ts'
import { err, ok, type Result } from '../result.ts'
import { isDisallowed } from './disallowed.ts'
import { findPropertyError } from './properties.ts'
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

/** The inputs of the rows of IMP-14, besides the record. */
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
  if (!isJsonObject(record)) return recordError({}, '', RECORD_NOT_OBJECT)
  const sent = record['properties']
  const event = record['event'] ?? undefined
  const bag = isJsonObject(sent) ? sent : {}
  if (event === undefined || (typeof event === 'string' && event.trim() === '')) {
    return recordError(bag, 'event', missingOrBlank('event'))
  }
  if (typeof event !== 'string') return invalidField(bag, 'event', NOT_A_STRING)
  if (!isJsonObject(sent)) return recordError(bag, 'properties', PROPERTIES_MISSING)
  if (event === '$merge' && mode === 'original' && mergedIdsOf(sent) === undefined) {
    return invalidField(sent, 'properties.$distinct_ids', NOT_TWO_IDS)
  }
  const time = readTime(sent)
  if (time === undefined) {
    if (event === '$merge') return ok({ record, event, properties: sent, timeMs: undefined })
    return invalidField(sent, 'properties.time', MISSING)
  }
  const timeMs = parseTimeMs(time)
  if (timeMs === undefined) {
    return invalidField(sent, 'properties.time', TIME_NOT_NUMERIC)
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
  if (insertId !== undefined) {
    const field = insertId === MISSING ? 'properties.$insert_id' : '$insert_id'
    return fieldError(properties, field, insertId)
  }
  if (!valid.event.isWellFormed()) return nameNotUtf8(properties)
  const property = findPropertyError(properties)
  if (property !== undefined) return { ...property, insertId: sentInsertId(properties) }
  const { retentionDays, nowMs } = rules
  const timeMs = valid.timeMs ?? nowMs
  if (retentionDays !== null && timeMs < nowMs - retentionDays * MS_PER_DAY) {
    return fieldError(properties, 'properties.time', OUTSIDE_RETENTION)
  }
  return undefined
}

/** Why strict import refuses an `$insert_id` (rows 11 to 14 of IMP-14), or undefined. */
export function findInsertIdProblem(value: Json | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return MISSING
  const text = typeof value === 'string' || Number.isFinite(value) ? String(value) : ''
  if (Buffer.byteLength(text) > MAX_INSERT_ID_BYTES) return longerThan(MAX_INSERT_ID_BYTES)
  if (!/^[A-Za-z0-9-]+$/.test(text)) return BAD_INSERT_ID
  return isDisallowed(text) ? DISALLOWED_VALUE : undefined
}

/** Rows 11 to 14; a `$merge` needs no `$insert_id` (IDO-20). */
function insertIdProblem({ event, properties }: ImportRecord): string | undefined {
  const problem = findInsertIdProblem(properties['$insert_id'])
  return event === '$merge' && problem === MISSING ? undefined : problem
}

/** The error of a record over the size limit (row 19). */
export function tooLargeError(properties: JsonObject): ImportError {
  return { field: '', message: largerThan('event', MAX_RECORD_BYTES), insertId: sentInsertId(properties) }
}

/** Row 15 for the event's name; for properties see findPropertyError. */
function nameNotUtf8(properties: JsonObject): ImportError {
  return { field: 'event', message: notUtf8('event'), insertId: sentInsertId(properties) }
}

function timeProblem(timeMs: number | undefined, rules: ImportRules): string | undefined {
  if (timeMs === undefined) return undefined
  if (timeMs < MIN_IMPORT_TIME_MS) return TIME_TOO_EARLY
  return timeMs > rules.nowMs + FUTURE_TOLERANCE_MS ? TIME_IN_FUTURE : undefined
}

/** Row 9. `$merge` needs no distinct_id, and `$identify` implies it (IDO-30). */
function distinctIdProblem({ event, properties }: ImportRecord, mode: IdManagement): string | undefined {
  const id = event === '$identify' ? identifiedIdOf(properties) : sentDistinctId(properties)
  const isMissing = id === undefined && !isSentForNobody(properties) && event !== '$merge'
  if (mode !== 'simplified' && isMissing) return MISSING
  return id !== undefined && isDisallowed(id) ? DISALLOWED_VALUE : undefined
}

function sentInsertId(properties: JsonObject): string {
  const value = properties['$insert_id']
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function fieldError(properties: JsonObject, field: string, problem: string): ImportError {
  return { field, message: isInvalid(field, problem), insertId: sentInsertId(properties) }
}

function invalidField(properties: JsonObject, field: string, problem: string): Result<never, ImportError> {
  return err(fieldError(properties, field, problem))
}

function recordError(properties: JsonObject, field: string, message: string): Result<never, ImportError> {
  return err({ field, message, insertId: sentInsertId(properties) })
}
