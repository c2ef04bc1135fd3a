import {
  DISTINCT_ID_EMPTY,
  EVENT_EMPTY,
  EVENT_MISSING,
  type EVENT_TOO_LARGE,
  MERGE_NOT_ON_TRACK,
  NO_DATA,
  PROPERTIES_EMPTY,
  TIME_INVALID,
  type TIME_TOO_OLD,
  TOKEN_EMPTY,
} from '../answers/ingestion.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { parseTimeMs } from '../normalise/time.ts'
import { err, ok, type Result } from '../result.ts'

/** A structurally valid record of /track. */
export interface TrackRecord {
  readonly event: string
  readonly properties: JsonObject
  readonly token: string
  /** Ms since the epoch; undefined if the record has no time (TRK-30). */
  readonly timeMs: number | undefined
  /** The whole record; all of it counts towards the size. */
  readonly record: JsonObject
}

/** Why a record is invalid, as the text of `verbose=1` (TRK-18). */
export type InvalidTrack =
  | typeof NO_DATA
  | typeof EVENT_MISSING
  | typeof EVENT_EMPTY
  | typeof PROPERTIES_EMPTY
  | typeof TOKEN_EMPTY
  | typeof DISTINCT_ID_EMPTY
  | typeof TIME_INVALID
  | typeof EVENT_TOO_LARGE

/** Why /track refuses a record, as the text of `verbose=1`. */
export type TrackRefusal = InvalidTrack | typeof MERGE_NOT_ON_TRACK | typeof TIME_TOO_OLD

/** Checks a to g of TRK-18, and TRK-38. Error: the first check that fails, as the text of the answer. */
export function validateTrackRecord(record: Json): Result<TrackRecord, TrackRefusal> {
  if (!isJsonObject(record) || Object.keys(record).length === 0) return err(NO_DATA)
  const event = record['event']
  if (event === undefined) return err(EVENT_MISSING)
  if (typeof event !== 'string' || event.trim() === '') return err(EVENT_EMPTY)
  const properties = record['properties']
  if (!isJsonObject(properties)) return err(PROPERTIES_EMPTY)
  const token = properties['token']
  if (typeof token !== 'string' || token.trim() === '') return err(TOKEN_EMPTY)
  if (lacksDistinctId(event, properties)) return err(DISTINCT_ID_EMPTY)
  if (event === '$merge') return err(MERGE_NOT_ON_TRACK)
  const time = readTime(properties)
  const timeMs = parseTimeMs(time)
  if (time !== undefined && timeMs === undefined) return err(TIME_INVALID)
  return ok({ event, properties, token, timeMs, record })
}

/** The time as sent: `time`, or else a `$time` that is a time (PRP-03); null counts as absent. */
export function readTime(properties: JsonObject): Json | undefined {
  const plain = properties['time'] ?? undefined
  if (plain !== undefined) return plain
  return parseTimeMs(properties['$time']) === undefined ? undefined : properties['$time']
}

function lacksDistinctId(event: string, properties: JsonObject): boolean {
  if (event !== '$create_alias' && event !== '$identify') return false
  const given = [properties['distinct_id'], properties['$distinct_id']]
  if (event === '$identify') given.push(properties['$identified_id'])
  return given.every((id) => id === undefined || id === null || id === '')
}
