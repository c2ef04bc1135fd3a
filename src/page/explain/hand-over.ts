import { signal } from '@preact/signals'
import type { Json, JsonObject } from '../api/types.ts'
import { byArrival } from '../live/buffer.ts'
import { isObject, type LiveRow } from '../live/row.ts'
import { goTo } from '../state/route.ts'
import { parseRecords } from './parse-records.ts'
import { endpoint, isEditing, ownText } from './state.ts'

/** True for a record with an event; profile updates cannot be explained. */
export function isExplainable(row: LiveRow): boolean {
  return row.stored !== undefined || (isObject(row.sent) && typeof row.sent['event'] === 'string')
}

/** The picked records, in the order of their arrival. */
export const picked = signal<readonly LiveRow[]>([])

/** The project that they were picked in. */
let pickedOf = ''
/** The text written for the picked records: while it is unchanged, further ones are inserted in order. */
let written = ''

/** Replaces the records to explain by recorded ones. In: the project's token, for records without one. */
function pick(rows: readonly LiveRow[], token: string): void {
  pickedOf = token
  picked.value = rows.filter(isExplainable).toSorted(byArrival)
  written = write(picked.value.map((row) => recordOf(row, token)))
  ownText.value = picked.value.length === 0 ? undefined : written
  endpoint.value = picked.value.length > 0 && picked.value.every(isImported) ? 'import' : 'track'
}

/** Picks a recorded record, or unpicks it; text edited by the user is kept, and the record appended. */
export function togglePicked(row: LiveRow, token: string): void {
  const before = pickedOf === token ? picked.value : []
  const others = before.filter((pickedRow) => pickedRow.key !== row.key)
  const isAdded = others.length === before.length
  const rows = isAdded ? [...others, row] : others
  const typed =
    ownText.value === undefined || ownText.value === written ? undefined : parseRecords(ownText.value)
  if (typed?.ok !== true) {
    pick(rows, token)
    return
  }
  picked.value = rows
  pickedOf = token
  if (isAdded) ownText.value = write([...typed.records, recordOf(row, token)])
}

/** Opens the explain view with recorded records, and explains them. */
export function explainRows(rows: readonly LiveRow[], token: string): void {
  pick(rows, token)
  openExplained()
}

/** Opens the explain view, and explains its records. */
export function openExplained(): void {
  isEditing.value = false
  goTo({ view: 'explain' })
}

function isImported({ stored, verdicts }: LiveRow): boolean {
  return stored?.properties['$import'] === true || verdicts[0]?.endpoint.startsWith('/import') === true
}

function write(records: readonly Json[]): string {
  return JSON.stringify(records, null, 2)
}

/** The record as sent; if only the event is known, an equivalent record. */
export function recordOf({ sent, stored }: LiveRow, token: string): Json {
  if (isObject(sent)) return withToken(sent, token)
  if (stored === undefined) return null
  const { event, properties, original_distinct_id, time, insert_id } = stored
  const sentOnes = Object.entries(properties).filter(([name]) => !WRITTEN_BY_SERVER.has(name))
  const asSent: JsonObject = { token, ...Object.fromEntries(sentOnes), time, $insert_id: insert_id }
  // With these two, the stored distinct_id is derived and not what was sent.
  const hasIds = '$device_id' in properties || '$user_id' in properties
  const hasNoUser = original_distinct_id === ''
  return {
    event,
    properties: hasIds || hasNoUser ? asSent : { ...asSent, distinct_id: original_distinct_id },
  }
}

/** Properties that the server adds to an event when it is read, and drops if a client sends them (TRK-36, PRP-01). */
const WRITTEN_BY_SERVER: ReadonlySet<string> = new Set([
  '$mp_api_endpoint',
  '$mp_api_timestamp_ms',
  'mp_processing_time_ms',
  '$mp_event_size',
  '$import',
  '$distinct_id_before_identity',
  '$is_reshuffled',
  '$preshuffle_distinct_id',
])

/** Verdicts only keep the end of a token; it is replaced by the project's. */
function withToken(sent: JsonObject, token: string): JsonObject {
  const { properties } = sent
  const cut = isObject(properties) ? properties['token'] : undefined
  const isCut = typeof cut === 'string' && cut.startsWith('…') && token.endsWith(cut.slice(1))
  return isCut && isObject(properties) ? { ...sent, properties: { ...properties, token } } : sent
}
