import type { Json, JsonObject } from '../json.ts'
import { MAX_CONTAINER_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_STRING_LENGTH } from '../limits.ts'
import { jsonBytes } from '../measure.ts'
import { BUCKET_NAMES, NOT_STORED } from './reserved.ts'
import type { StringLimitUnit } from './text.ts'
import { type StoredProperties, trimProperties } from './trim-properties.ts'

/** Names that need the slow path: those it reports, and one that cannot be assigned like any other. */
const NEVER_PLAIN = [...BUCKET_NAMES, '__proto__']
/** Names that are not stored as sent. One lookup here passes nearly all names. */
const SPECIAL: ReadonlySet<string> = new Set([...NOT_STORED, ...NEVER_PLAIN])

/**
 * The properties as stored: without those that the server consumes or writes, cut to the limits of PRP-10 to PRP-16,
 * without characters that Postgres cannot hold (DEC-07). `replaced` overrides or adds to what was sent (the ids of
 * IDS-01); undefined removes a name.
 */
export function toStoredProperties(
  properties: JsonObject,
  replaced: Readonly<Record<string, Json | undefined>>,
  unit: StringLimitUnit,
): StoredProperties {
  let count = 0
  const leftOut: string[] = []
  for (const name in properties) {
    if (SPECIAL.has(name)) {
      if (!NOT_STORED.has(name)) return trimProperties(properties, replaced, unit)
      leftOut.push(name)
    } else if (++count > MAX_ELEMENTS || !isPlain(name, properties[name] ?? null, unit)) {
      return trimProperties(properties, replaced, unit)
    }
  }
  // A spread keeps the object's shape; building it name by name would cost as much as all the rest.
  const kept: Record<string, Json | undefined> = { ...properties }
  let leftOutBytes = 0
  for (const name of leftOut) {
    leftOutBytes += entryBytes(name, properties[name] ?? null)
    kept[name] = undefined
  }
  for (const name in replaced) {
    const sent = kept[name]
    const value = replaced[name]
    if (sent === value) continue
    if (sent !== undefined) leftOutBytes += entryBytes(name, sent)
    if (value !== undefined) leftOutBytes -= entryBytes(name, value)
    kept[name] = value
  }
  const json = JSON.stringify(kept)
  // JSON.stringify escapes what Postgres cannot hold, in names and values alike, so one search is enough.
  if (json.includes('\\u')) return trimProperties(properties, replaced, unit)
  // The last entry has no comma; if nothing is kept, that comma was counted.
  const commas = json === '{}' && leftOutBytes > 0 ? -1 : 0
  return { json, sentBytes: Buffer.byteLength(json) + leftOutBytes + commas, findings: [] }
}

/** Bytes of `"name":value,` in JSON; these names need no escapes. */
function entryBytes(name: string, value: Json): number {
  return name.length + 4 + scalarBytes(value)
}

function scalarBytes(value: Json): number {
  if (typeof value === 'number') return String(value).length
  return typeof value === 'string' && NO_ESCAPES.test(value) ? value.length + 2 : jsonBytes(value)
}

/** A text with as many bytes in JSON as it has characters, and two quotes. */
const NO_ESCAPES = /^[ !#-[\]-~]*$/

/** True if a property can be stored as sent. False when in doubt: the slow path checks exactly. */
function isPlain(name: string, value: Json, unit: StringLimitUnit): boolean {
  if (!isShort(name, unit)) return false
  if (typeof value === 'string') return isShort(value, unit)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return isPlainContainer(value, MAX_DEPTH, unit) && JSON.stringify(value).length * 3 <= MAX_CONTAINER_BYTES
}

/** True if a value can be stored as sent, whatever the unit: all but its size is checked. False when in doubt. */
export function isPlainInAnyUnit(value: Json): boolean {
  return isPlainContainer(value, MAX_DEPTH, 'bytes')
}

function isPlainContainer(value: Json, depthLeft: number, unit: StringLimitUnit): boolean {
  if (typeof value === 'string') return isShort(value, unit)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (depthLeft === 0) return false
  const children = Object.values(value)
  if (children.length > MAX_ELEMENTS) return false
  for (const name in value) if (!isShort(name, unit)) return false
  return children.every((child) => isPlainContainer(child, depthLeft - 1, unit))
}

function isShort(text: string, unit: StringLimitUnit): boolean {
  return (unit === 'chars' ? text.length : text.length * 3) <= MAX_STRING_LENGTH
}
