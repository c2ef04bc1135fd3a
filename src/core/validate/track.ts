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

/** The text of `verbose=1` for a record over the size limit (TRK-18h). */
export const TOO_LARGE = 'event, too large'

/** The text of `verbose=1` for a `$merge` on /track (TRK-38). */
export const MERGE_NOT_ON_TRACK = '$merge is only accepted by /import'

/** The text of `verbose=1` for a record that is too old, where the project wants one (TRK-28). */
export const TOO_OLD = 'time, too old'

/** Why a record is invalid, as the text of `verbose=1` (TRK-18). */
export type InvalidTrack =
  | 'data, missing or empty'
  | 'event, missing'
  | 'event, missing or empty'
  | 'properties, missing or empty'
  | 'token, missing or empty'
  | 'distinct_id, missing or empty'
  | 'time, invalid'
  | typeof TOO_LARGE

/** Why /track refuses a record, as the text of `verbose=1`. */
export type TrackRefusal = InvalidTrack | typeof MERGE_NOT_ON_TRACK | typeof TOO_OLD

/** Checks a to g of TRK-18, and TRK-38. Error: the first check that fails, as the text of the answer. */
export function validateTrackRecord(record: Json): Result<TrackRecord, TrackRefusal> {
  if (!isJsonObject(record) || Object.keys(record).length === 0) return err('data, missing or empty')
  const event = record['event']
  if (event === undefined) return err('event, missing')
  if (typeof event !== 'string' || event.trim() === '') return err('event, missing or empty')
  const properties = record['properties']
  if (!isJsonObject(properties)) return err('properties, missing or empty')
  const token = properties['token']
  if (typeof token !== 'string' || token.trim() === '') return err('token, missing or empty')
  if (lacksDistinctId(event, properties)) return err('distinct_id, missing or empty')
  if (event === '$merge') return err(MERGE_NOT_ON_TRACK)
  const time = readTime(properties)
  const timeMs = parseTimeMs(time)
  if (time !== undefined && timeMs === undefined) return err('time, invalid')
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
