import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { MAX_CONTAINER_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_STRING_LENGTH } from '../limits.ts'
import { jsonBytes } from '../measure.ts'
import { type Note, note } from '../verdict/note.ts'
import { isStorable, lengthIn, type StringLimitUnit, toStorable, truncate } from './text.ts'

/** Read on arrival and kept as columns, or not at all (TRK-34, TRK-36, GEO-05); not counted by PRP-12. */
const CONSUMED = ['token', 'ip', 'time', 'distinct_id', '$insert_id'] as const

/** Written by the server when an event is read; a client's values for them are dropped (PRP-01, PRP-02). */
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
const NOT_STORED: ReadonlySet<string> = new Set([...CONSUMED, ...SERVER_WRITTEN])
const BUCKET_NAMES: ReadonlySet<string> = new Set(['bucket', '$bucket'])

/** What of an event's properties is stored. */
export interface StoredProperties {
  /** A JSON object, as text. */
  readonly json: string
  /** Bytes of the properties as they were sent, as compact JSON (TRK-36 `$mp_event_size`, TRK-18h). */
  readonly sentBytes: number
  readonly notes: readonly Note[]
}

/** How many properties PRP-12 counts: all but those that are consumed on arrival. */
export function countProperties(properties: JsonObject): number {
  let count = 0
  for (const name of Object.keys(properties)) if (!CONSUMED_NAMES.has(name)) count++
  return count
}

/**
 * The properties as they are stored: without what is consumed or written by the server, cut to the limits of
 * PRP-10 to PRP-16, free of what Postgres cannot hold (DEC-07), with `replaced` put in place of, or beside,
 * what was sent (the ids of IDS-01; undefined removes a name).
 */
export function toStoredProperties(
  properties: JsonObject,
  replaced: Readonly<Record<string, Json | undefined>>,
  unit: StringLimitUnit,
): StoredProperties {
  const kept: Record<string, Json | undefined> = {}
  let count = 0
  let leftOutBytes = 0
  for (const name in properties) {
    const value = properties[name] as Json
    if (NOT_STORED.has(name)) {
      leftOutBytes += entryBytes(name, value)
      continue
    }
    if (!isPlain(name, value, unit)) return trimProperties(properties, replaced, unit)
    kept[name] = value
    count++
  }
  if (count > MAX_ELEMENTS) return trimProperties(properties, replaced, unit)
  for (const name in replaced) {
    const value = replaced[name]
    if (value !== undefined && !(name in kept)) leftOutBytes -= entryBytes(name, value)
    kept[name] = value
  }
  const json = JSON.stringify(kept)
  return { json, sentBytes: Buffer.byteLength(json) + leftOutBytes, notes: [] }
}

/** Bytes of `"name":value,` in JSON. Ids and times, which is what comes here, need no escapes as a rule. */
function entryBytes(name: string, value: Json): number {
  const valueBytes = typeof value === 'string' ? Buffer.byteLength(value) + 2 : jsonBytes(value)
  return name.length + 4 + valueBytes
}

/** True when a property can be stored as it was sent. Errs on the side of no: the slow path looks closer. */
function isPlain(name: string, value: Json, unit: StringLimitUnit): boolean {
  if (!isPlainText(name, unit) || name === '__proto__' || BUCKET_NAMES.has(name)) return false
  if (typeof value === 'string') return isPlainText(value, unit)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return isPlainContainer(value, MAX_DEPTH, unit) && JSON.stringify(value).length * 3 <= MAX_CONTAINER_BYTES
}

function isPlainContainer(value: Json, depthLeft: number, unit: StringLimitUnit): boolean {
  if (typeof value === 'string') return isPlainText(value, unit)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (depthLeft === 0) return false
  const entries = Object.entries(value)
  if (entries.length > MAX_ELEMENTS) return false
  return entries.every(
    ([name, child]) => isPlainText(name, unit) && isPlainContainer(child, depthLeft - 1, unit),
  )
}

function isPlainText(text: string, unit: StringLimitUnit): boolean {
  const longest = unit === 'chars' ? text.length : text.length * 3
  return longest <= MAX_STRING_LENGTH && isStorable(text)
}

function trimProperties(
  properties: JsonObject,
  replaced: Readonly<Record<string, Json | undefined>>,
  unit: StringLimitUnit,
): StoredProperties {
  const notes: Note[] = []
  const names = Object.keys(properties).filter((name) => !NOT_STORED.has(name))
  const entries: [string, Json][] = []
  for (const name of names.slice(0, MAX_ELEMENTS)) {
    if (BUCKET_NAMES.has(name)) notes.push(note('value.reserved_bucket', { property: name }))
    const trimmer = new Trimmer(trimText(name, name, unit, notes), unit, notes)
    const value = trimmer.trim(properties[name] ?? null)
    if (value !== undefined) entries.push([trimmer.property, value])
  }
  if (names.length > MAX_ELEMENTS) notes.push(tooMany(names))
  for (const name of Object.keys(replaced)) {
    const value = replaced[name]
    const at = entries.findIndex((entry) => entry[0] === name)
    if (at >= 0) entries.splice(at, 1)
    if (value !== undefined) entries.push([name, value])
  }
  return { json: JSON.stringify(Object.fromEntries(entries)), sentBytes: jsonBytes(properties), notes }
}

function tooMany(names: readonly string[]): Note {
  return note('value.too_many_properties', {
    count: names.length,
    dropped: names.length - MAX_ELEMENTS,
    names: toStorable(truncate(names[MAX_ELEMENTS] ?? '', MAX_STRING_LENGTH, 'chars')),
  })
}

/** Cuts one property's value to the limits and notes each kind of cut once. */
class Trimmer {
  readonly property: string
  readonly #unit: StringLimitUnit
  readonly #notes: Note[]

  constructor(property: string, unit: StringLimitUnit, notes: Note[]) {
    this.property = property
    this.#unit = unit
    this.#notes = notes
  }

  /** The value within the limits, or undefined where nothing of it may stay. */
  trim(value: Json): Json | undefined {
    const trimmed = this.#trimLevel(value, MAX_DEPTH)
    if (typeof trimmed === 'object' && trimmed !== null && jsonBytes(trimmed) > MAX_CONTAINER_BYTES) {
      this.#noteOnce(note('value.too_deep_or_large', { property: this.property }))
      return undefined
    }
    return trimmed
  }

  #trimLevel(value: Json, depthLeft: number): Json | undefined {
    if (typeof value === 'string') return trimText(value, this.property, this.#unit, this.#notes)
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.#noteOnce(
        note('value.not_storable', { property: this.property, what: 'a number beyond a double' }),
      )
      return undefined
    }
    if (typeof value !== 'object' || value === null) return value
    const children = Object.entries(value)
    if (depthLeft === 0 || children.length > MAX_ELEMENTS) {
      this.#noteOnce(note('value.too_deep_or_large', { property: this.property }))
    }
    if (depthLeft === 0) return undefined
    const kept: [string, Json][] = []
    for (const [name, child] of children.slice(0, MAX_ELEMENTS)) {
      const trimmed = this.#trimLevel(child, depthLeft - 1)
      if (trimmed === undefined) continue
      kept.push([trimText(name, this.property, this.#unit, this.#notes), trimmed])
    }
    return isJsonObject(value) ? Object.fromEntries(kept) : kept.map(([, child]) => child)
  }

  #noteOnce(added: Note): void {
    if (!this.#notes.some((n) => n.code === added.code && n.values['property'] === this.property)) {
      this.#notes.push(added)
    }
  }
}

function trimText(text: string, property: string, unit: StringLimitUnit, notes: Note[]): string {
  const cut = truncate(text, MAX_STRING_LENGTH, unit)
  const shown = toStorable(truncate(property, MAX_STRING_LENGTH, 'chars'))
  if (cut.length < text.length) {
    const length = lengthIn(unit, text)
    notes.push(note('value.truncated', { property: shown, length, limit: MAX_STRING_LENGTH }))
  }
  if (isStorable(cut)) return cut
  notes.push(note('value.not_storable', { property: shown, what: 'U+0000 or text that is not UTF-8' }))
  return toStorable(cut)
}
