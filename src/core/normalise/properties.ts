import type { Json, JsonObject } from '../json.ts'
import { MAX_CONTAINER_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_STRING_LENGTH } from '../limits.ts'
import { jsonBytes } from '../measure.ts'
import { BUCKET_NAMES, NOT_STORED } from './reserved.ts'
import type { StringLimitUnit } from './text.ts'
import { type StoredProperties, trimProperties } from './trim-properties.ts'

/** Names that the slow path must look at: those it reports, and the one that cannot be assigned like any other. */
const NEVER_PLAIN = [...BUCKET_NAMES, '__proto__']
/** Names that are not stored as they were sent. One look at it tells of nearly all names that they are. */
const SPECIAL: ReadonlySet<string> = new Set([...NOT_STORED, ...NEVER_PLAIN])

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
  let count = 0
  const leftOut: string[] = []
  for (const name in properties) {
    if (SPECIAL.has(name)) {
      if (!NOT_STORED.has(name)) return trimProperties(properties, replaced, unit)
      leftOut.push(name)
    } else if (++count > MAX_ELEMENTS || !isPlain(name, properties[name] as Json, unit)) {
      return trimProperties(properties, replaced, unit)
    }
  }
  // A copy has the shape of what was sent; put together name by name it would cost as much as all the rest.
  const kept: Record<string, Json | undefined> = { ...properties }
  let leftOutBytes = 0
  for (const name of leftOut) {
    leftOutBytes += entryBytes(name, properties[name] as Json)
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
  // What Postgres cannot hold is written as an escape, in names and values alike: one look instead of many.
  if (json.includes('\\u')) return trimProperties(properties, replaced, unit)
  // The last of several entries has no comma; where nothing is kept, that one was counted.
  const commas = json === '{}' && leftOutBytes > 0 ? -1 : 0
  return { json, sentBytes: Buffer.byteLength(json) + leftOutBytes + commas, findings: [] }
}

/** Bytes of `"name":value,` in JSON; the names are ours and need no escapes. */
function entryBytes(name: string, value: Json): number {
  return name.length + 4 + (typeof value === 'number' ? String(value).length : jsonBytes(value))
}

/** True when a property can be stored as it was sent. Errs on the side of no: the slow path looks closer. */
function isPlain(name: string, value: Json, unit: StringLimitUnit): boolean {
  if (!isShort(name, unit)) return false
  if (typeof value === 'string') return isShort(value, unit)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return isPlainContainer(value, MAX_DEPTH, unit) && JSON.stringify(value).length * 3 <= MAX_CONTAINER_BYTES
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
