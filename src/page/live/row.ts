import type { Json, JsonObject, Outcome, StoredEvent, Verdict } from '../api/types.ts'

/** A line of the live list: a stored event, or a record of which nothing was stored, with its verdicts. */
export interface LiveRow {
  /** What tells it from all others. */
  readonly key: string
  /** What the address names it by; see parseItem. */
  readonly item: string
  /** Ms since the epoch. */
  readonly receivedMs: number
  /** The event's name, or what stands for it. */
  readonly name: string
  /** Whose it is; empty for nobody's. */
  readonly user: string
  readonly stored: StoredEvent | undefined
  /** As it was received; known where a verdict was given on it. */
  readonly sent: Json | undefined
  readonly verdicts: readonly Verdict[]
  readonly outcome: Outcome
}

/** From what is best to what is worst. */
const OUTCOMES: readonly Outcome[] = ['stored', 'changed', 'no_effect', 'dropped', 'rejected']

/** What became of a record, all its verdicts together. */
function worstOutcome(verdicts: readonly Verdict[]): Outcome {
  return OUTCOMES[Math.max(0, ...verdicts.map((own) => OUTCOMES.indexOf(own.outcome)))] ?? 'stored'
}

/** The line of a stored event. */
export function eventRow(event: StoredEvent, verdicts: readonly Verdict[] = []): LiveRow {
  const { insert_id, time, original_distinct_id } = event
  return {
    key: `e|${time}|${insert_id}|${event.event}|${original_distinct_id}`,
    item: itemOf(event),
    receivedMs: Date.parse(event.received_at),
    name: event.event,
    user: event.distinct_id,
    stored: event,
    sent: verdicts.find((own) => own.record !== null)?.record,
    verdicts,
    outcome: worstOutcome(verdicts),
  }
}

/** The line of a record, or of a whole request, that only verdicts tell of. */
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
 * What the address names an event by: its time, its $insert_id and, as others may have both, a sign of its name and
 * of the id that it was sent under (DDP-01).
 */
export function itemOf({ time, insert_id, event, original_distinct_id }: StoredEvent): string {
  return `${time}.${insert_id}${SIGN}${signOf(`${event}|${original_distinct_id}`)}`
}

/** True where an item of the address, with the sign or without, names this one. */
export function isNamedBy(item: string | undefined, own: string): boolean {
  const at = own.lastIndexOf(SIGN)
  return own === item || (at > 0 && own.slice(0, at) === item)
}

const SIGN = '~'

/** A few letters that are another for another text, nearly always (FNV-1a). */
function signOf(text: string): string {
  let hash = 0x811c9dc5
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(36)
}

/** What an item of the address names: stored events of a time, or a verdict. */
export type Item =
  | { readonly kind: 'event'; readonly time: number }
  | { readonly kind: 'verdict'; readonly id: string }

/** Reads the item of an address; undefined for what is none. */
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

/** True for a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The name that a verdict's record goes by: its event, its operator, or the path that the request came to. */
function nameOf({ record, endpoint }: Verdict): string {
  if (!isObject(record)) return endpoint
  const { event } = record
  if (typeof event === 'string') return event
  const operators = Object.keys(record).filter((name) =>
    /^\$(set|add|append|union|remove|unset|delete)/.test(name),
  )
  return operators.length === 0 ? endpoint : operators.join(' ')
}
