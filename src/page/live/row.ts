import type { Json, JsonObject, Outcome, StoredEvent, Verdict } from '../api/types.ts'

/** A line of the live list: a stored event, or a record of which nothing was stored, with its verdicts. */
export interface LiveRow {
  /** Unique among all lines. */
  readonly key: string
  /** The item that names it in an address; see parseItem. */
  readonly item: string
  /** Ms since the epoch. */
  readonly receivedMs: number
  /** The event's name, or a substitute. */
  readonly name: string
  /** The user it belongs to; empty for none. */
  readonly user: string
  readonly stored: StoredEvent | undefined
  /** As received; known only if there is a verdict on it. */
  readonly sent: Json | undefined
  readonly verdicts: readonly Verdict[]
  readonly outcome: Outcome
}

/** From best to worst. */
const OUTCOMES: readonly Outcome[] = ['stored', 'changed', 'no_effect', 'dropped', 'rejected']

/** The outcome of a record, all its verdicts considered. */
function worstOutcome(verdicts: readonly Verdict[]): Outcome {
  return OUTCOMES[Math.max(0, ...verdicts.map((verdict) => OUTCOMES.indexOf(verdict.outcome)))] ?? 'stored'
}

export function eventRow(event: StoredEvent, verdicts: readonly Verdict[] = []): LiveRow {
  const { insert_id, time, original_distinct_id } = event
  return {
    key: `e|${time}|${insert_id}|${event.event}|${original_distinct_id}`,
    item: itemOf(event),
    receivedMs: Date.parse(event.received_at),
    name: event.event,
    user: event.distinct_id,
    stored: event,
    sent: verdicts.find((verdict) => verdict.record !== null)?.record,
    verdicts,
    outcome: worstOutcome(verdicts),
  }
}

/** The line of a record, or of a whole request, known only from its verdicts. */
export function verdictRow(verdicts: readonly [Verdict, ...Verdict[]]): LiveRow {
  const [first] = verdicts
  const { received_at, endpoint, record_index, record } = first
  return {
    key: `v|${received_at}|${endpoint}|${record_index ?? `request ${first.id}`}|${nameOf(first)}`,
    item: `v${first.id}`,
    receivedMs: Date.parse(received_at),
    name: nameOf(first),
    user: idsOf(record)[0] ?? '',
    stored: undefined,
    sent: record ?? undefined,
    verdicts,
    outcome: worstOutcome(verdicts),
  }
}

/**
 * The item of an event in an address: its time, its $insert_id and, since others may have both, a checksum of its name
 * and of the id that it was sent under (DDP-01).
 */
export function itemOf({ time, insert_id, event, original_distinct_id }: StoredEvent): string {
  return `${time}.${insert_id}${SIGN}${signOf(`${event}|${original_distinct_id}`)}`
}

/** True if an item of an address, with or without the checksum, names this one. */
export function isNamedBy(item: string | undefined, whole: string): boolean {
  const at = whole.lastIndexOf(SIGN)
  return whole === item || (at > 0 && whole.slice(0, at) === item)
}

const SIGN = '~'

/** A short checksum of a text (FNV-1a). */
function signOf(text: string): string {
  let hash = 0x811c9dc5
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(36)
}

/** What an item of an address names: stored events with a time, or a verdict. */
export type Item =
  | { readonly kind: 'event'; readonly time: number }
  | { readonly kind: 'verdict'; readonly id: string }

/** Parses the item of an address; undefined if it is invalid. */
export function parseItem(item: string): Item | undefined {
  const verdict = /^v(\d{1,18})$/.exec(item)
  if (verdict?.[1] !== undefined) return { kind: 'verdict', id: verdict[1] }
  const event = /^(-?\d{1,16})\../s.exec(item)
  return event?.[1] === undefined ? undefined : { kind: 'event', time: Number(event[1]) }
}

/** The properties of a record: those of an event, or a profile update itself. */
export function propertiesOf(record: Json | undefined): JsonObject {
  if (!isObject(record)) return {}
  const { properties } = record
  return isObject(properties) ? properties : record
}

const ID_NAMES = [
  '$user_id',
  'distinct_id',
  '$distinct_id',
  '$identified_id',
  '$anon_id',
  '$anon_distinct_id',
]

/** The ids that a record names, the user's before the device's. */
export function idsOf(record: Json | undefined): readonly string[] {
  const properties = propertiesOf(record)
  const device = properties['$device_id']
  const named = ID_NAMES.map((name) => properties[name])
  const ids = [...named, typeof device === 'string' ? `$device:${device}` : undefined, device]
  return ids.filter((id) => typeof id === 'string' || typeof id === 'number').map(String)
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The displayed name of a verdict's record: its event, its operator, or the path of the request. */
function nameOf({ record, endpoint }: Verdict): string {
  if (!isObject(record)) return endpoint
  const { event } = record
  if (typeof event === 'string') return event
  const operators = Object.keys(record).filter((name) =>
    /^\$(set|add|append|union|remove|unset|delete)/.test(name),
  )
  return operators.length === 0 ? endpoint : operators.join(' ')
}
