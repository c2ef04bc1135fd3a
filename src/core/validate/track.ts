import { EVENT_MISSING, invalid, MERGE_NOT_ON_TRACK, missingOrEmpty, NO_DATA } from '../answers/ingestion.ts'
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

/** Checks a to g of TRK-18, and TRK-38. Error: the first check that fails, as the text of the answer. */
export function validateTrackRecord(record: Json): Result<TrackRecord, string> {
  if (!isJsonObject(record) || Object.keys(record).length === 0) return err(NO_DATA)
  const event = record['event']
  if (event === undefined) return err(EVENT_MISSING)
  if (typeof event !== 'string' || event.trim() === '') return err(missingOrEmpty('event'))
  const properties = record['properties']
  if (!isJsonObject(properties)) return err(missingOrEmpty('properties'))
  const token = properties['token']
  if (typeof token !== 'string' || token.trim() === '') return err(missingOrEmpty('token'))
  if (lacksDistinctId(event, properties)) return err(missingOrEmpty('distinct_id'))
  if (event === '$merge') return err(MERGE_NOT_ON_TRACK)
  const time = readTime(properties)
  const timeMs = parseTimeMs(time)
  if (time !== undefined && timeMs === undefined) return err(invalid('time'))
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
