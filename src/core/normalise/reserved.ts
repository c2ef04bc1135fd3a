import type { JsonObject } from '../json.ts'

/** Read on arrival and stored in columns, or not at all (TRK-34, TRK-36, GEO-05); not counted by PRP-12. */
const CONSUMED = ['token', 'ip', 'time', 'distinct_id', '$insert_id'] as const

/** Written by the server when an event is read; values from clients are dropped (PRP-01, PRP-02). */
const SERVER_WRITTEN = [
  '$mp_api_endpoint',
  '$mp_api_timestamp_ms',
  'mp_processing_time_ms',
  '$mp_event_size',
  '$import',
  '$distinct_id_before_identity',
  '$is_reshuffled',
  '$preshuffle_distinct_id',
  '$failure_reason',
  '$failure_description',
  '$identity_failure_reason',
  'mp_original_distinct_id',
  'mp_original_event_name',
] as const

const CONSUMED_NAMES: ReadonlySet<string> = new Set(CONSUMED)
/** Names that are not stored as properties. */
export const NOT_STORED: ReadonlySet<string> = new Set([...CONSUMED, ...SERVER_WRITTEN])
/** Names that hide an event in Mixpanel's reports (PRP-04). */
export const BUCKET_NAMES: ReadonlySet<string> = new Set(['bucket', '$bucket'])

/** The number of properties that PRP-12 counts: all but those consumed on arrival. */
export function countProperties(properties: JsonObject): number {
  let count = 0
  for (const name of Object.keys(properties)) if (!CONSUMED_NAMES.has(name)) count++
  return count
}
