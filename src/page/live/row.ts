import type { Json, JsonObject, Outcome, Severity, StoredEvent, Verdict } from '../api/types.ts'
import { OUTCOME_WORDS } from '../ui/outcome-words.ts'
import { shortJson } from '../ui/short-json.ts'

/** A line of the live list: a stored event, or a record of which nothing was stored, with its verdicts. */
export interface LiveRow {
  /** Unique among all lines. */
  readonly key: string
  /** The item that names it in an address; see parseItem. */
  readonly item: string
  /** Ms since the epoch. */
  readonly receivedMs: number
  /** The event's name, or what the record was meant to be. */
  readonly name: string
  /** What became of it, if that is not what its name says, such as `refused`; empty if it is. */
  readonly note: string
  /** The user it belongs to; empty for none. */
  readonly user: string
  /** The key and the id of the group that it updates, such as `company acme`; empty for none. */
  readonly group: string
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

/** What became of a record, for after its name; empty if it was stored as sent. */
function noteOf(outcome: Outcome): string {
  return outcome === 'stored' ? '' : OUTCOME_WORDS[outcome].toLowerCase()
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info']

/** The verdicts on a line, the most severe first. */
export function gravestFirst({ verdicts }: LiveRow): readonly Verdict[] {
  return verdicts.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
}

export function eventRow(event: StoredEvent, verdicts: readonly Verdict[] = []): LiveRow {
  const { insert_id, time, original_distinct_id } = event
  const outcome = worstOutcome(verdicts)
  return {
    key: `e|${time}|${insert_id}|${event.event}|${original_distinct_id}`,
    item: itemOf(event),
    receivedMs: Date.parse(event.received_at),
    name: event.event,
    note: noteOf(outcome),
    user: event.distinct_id,
    group: '',
    stored: event,
    sent: verdicts.find((verdict) => verdict.record !== null)?.record,
    verdicts,
    outcome,
  }
}

/** The line of a record, or of a whole request, known only from its verdicts. */
export function verdictRow(verdicts: readonly [Verdict, ...Verdict[]]): LiveRow {
  const [first] = verdicts
  const { received_at, endpoint, record_index, record, values, code } = first
  const outcome = worstOutcome(verdicts)
  return {
    key: `v|${received_at}|${endpoint}|${record_index ?? `request ${first.id}`}|${nameOf(first)}`,
    item: `v${first.id}`,
    receivedMs: Date.parse(received_at),
    name: nameOf(first),
    note: code === 'dedup.hidden_duplicate' ? 'duplicate' : noteOf(outcome),
    user: idsOf(record)[0] ?? shortJson(values['id']),
    group: groupOf(record),
    stored: undefined,
    sent: record ?? undefined,
    verdicts,
    outcome,
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

/** What a verdict's record was meant to be; for a verdict without a record, what it is about. */
function nameOf({ record, endpoint, values }: Verdict): string {
  if (record === null) return nameWithoutRecord(values, endpoint)
  if (!isObject(record)) return 'Malformed record'
  if (/^\/(engage|groups)/.test(endpoint)) {
    const isGroup = endpoint.startsWith('/groups')
    return operatorsOf(record).join(' ') || (isGroup ? 'Group update' : 'Profile update')
  }
  const { event } = record
  if (typeof event === 'string' && event !== '') return event
  if (event !== undefined && event !== null && event !== '') return `Event ${shortJson(event)}`
  // Of a record that is too long, only its name is kept.
  return 'twinpanel' in record ? 'Event' : 'Unnamed event'
}

/** Copies of an event, events with one $insert_id, or a request. */
function nameWithoutRecord({ event, insert_id }: Verdict['values'], endpoint: string): string {
  if (event !== undefined) return shortJson(event)
  return insert_id === undefined ? `Request to ${endpoint}` : `$insert_id ${insert_id}`
}

/** Fields of a profile update that are no operator. */
const NO_OPERATOR = /^(?!\$)|^\$(token|distinct_id|group_key|group_id|time|ip|ignore_time|ignore_alias)$/

/** The operators of a profile update, including those that do not exist. */
function operatorsOf(record: JsonObject): readonly string[] {
  return Object.keys(record).filter((name) => !NO_OPERATOR.test(name))
}

function groupOf(record: Json): string {
  const { $group_key, $group_id } = isObject(record) ? record : {}
  return [$group_key, $group_id].map(shortJson).join(' ').trim()
}
