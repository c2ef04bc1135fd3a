import { signal } from '@preact/signals'
import type { Json, JsonObject } from '../api/types.ts'
import { byArrival } from '../live/buffer.ts'
import { isObject, type LiveRow } from '../live/row.ts'
import { goTo } from '../state/route.ts'
import { parseRecords } from './parse-records.ts'
import { EXAMPLE_TEXT, endpoint, isHandedOver, text } from './state.ts'

/** True for a record with an event, which can be explained; a profile update cannot. */
export function isExplainable(row: LiveRow): boolean {
  return row.stored !== undefined || (isObject(row.sent) && typeof row.sent['event'] === 'string')
}

/** The recorded records that were picked, in the order of their arrival. */
export const picked = signal<readonly LiveRow[]>([])

/** The project that they were picked in. */
let pickedOf = ''
/** The text that the picked records made: while it stands, another one finds its place in it. */
let written = ''

/** Puts recorded records in the place of what was to be explained. In: the project's token, for those without one. */
function pick(rows: readonly LiveRow[], token: string): void {
  pickedOf = token
  picked.value = rows.filter(isExplainable).toSorted(byArrival)
  written = write(picked.value.map((row) => recordOf(row, token)))
  text.value = written
  endpoint.value = picked.value.length > 0 && picked.value.every(isImported) ? 'import' : 'track'
}

/** Adds a recorded record, or takes it away: what was typed stays, and has it at its end. */
export function togglePicked(row: LiveRow, token: string): void {
  const before = pickedOf === token ? picked.value : []
  const others = before.filter((own) => own.key !== row.key)
  const isAdded = others.length === before.length
  const rows = isAdded ? [...others, row] : others
  const typed = parseRecords(text.value)
  const isTyped = text.value !== written && text.value !== EXAMPLE_TEXT && typed.ok
  if (!isTyped) {
    pick(rows, token)
    return
  }
  picked.value = rows
  pickedOf = token
  if (isAdded) text.value = write([...typed.records, recordOf(row, token)])
}

/** Opens the explain view with recorded records, and explains them. */
export function explainRows(rows: readonly LiveRow[], token: string): void {
  pick(rows, token)
  openExplained()
}

/** Opens the explain view, and explains what is there. */
export function openExplained(): void {
  isHandedOver.value = true
  goTo({ view: 'explain' })
}

function isImported({ stored, verdicts }: LiveRow): boolean {
  return stored?.properties['$import'] === true || verdicts[0]?.endpoint.startsWith('/import') === true
}

function write(records: readonly Json[]): string {
  return JSON.stringify(records, null, 2)
}

/** The record as it was sent; where only the event is known, one that says the same. */
export function recordOf({ sent, stored }: LiveRow, token: string): Json {
  if (isObject(sent)) return withToken(sent, token)
  if (stored === undefined) return null
  const { event, properties, original_distinct_id, time, insert_id } = stored
  const sentOnes = Object.entries(properties).filter(([name]) => !WRITTEN_BY_SERVER.has(name))
  const own: JsonObject = { token, ...Object.fromEntries(sentOnes), time, $insert_id: insert_id }
  // Beside these two a distinct_id is not what was sent but what came of them.
  const hasIds = '$device_id' in properties || '$user_id' in properties
  const isNobody = original_distinct_id === ''
  return {
    event,
    properties: hasIds || isNobody ? own : { ...own, distinct_id: original_distinct_id },
  }
}

/** What the server adds to an event that is read, and drops where a client sends it (TRK-36, PRP-01). */
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

/** Verdicts keep the end of a token only: the whole one is the project's. */
function withToken(sent: JsonObject, token: string): JsonObject {
  const { properties } = sent
  const cut = isObject(properties) ? properties['token'] : undefined
  const isCut = typeof cut === 'string' && cut.startsWith('…') && token.endsWith(cut.slice(1))
  return isCut && isObject(properties) ? { ...sent, properties: { ...properties, token } } : sent
}
