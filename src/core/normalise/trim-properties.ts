import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { inKilobytes, MAX_CONTAINER_BYTES, MAX_DEPTH, MAX_ELEMENTS, MAX_STRING_LENGTH } from '../limits.ts'
import { jsonBytes } from '../measure.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { fitText } from './fit-text.ts'
import { BUCKET_NAMES, NOT_STORED } from './reserved.ts'
import { type StringLimitUnit, toStorable, truncate } from './text.ts'

/** An event's properties as they are stored. */
export interface StoredProperties {
  /** A JSON object, as text. */
  readonly json: string
  /** Bytes of the properties as sent, as compact JSON (TRK-36 `$mp_event_size`, TRK-18h). */
  readonly sentBytes: number
  readonly findings: readonly Finding[]
}

/** The slow path of toStoredProperties: checks every value, cuts what is over a limit, and reports it. */
export function trimProperties(
  properties: JsonObject,
  replaced: Readonly<Record<string, Json | undefined>>,
  unit: StringLimitUnit,
): StoredProperties {
  const findings: Finding[] = []
  const names = Object.keys(properties)
  const entries: [string, Json][] = []
  let count = 0
  let firstDropped: string | undefined
  for (const name of names) {
    if (NOT_STORED.has(name)) continue
    if (++count > MAX_ELEMENTS) firstDropped ??= name
    if (count > MAX_ELEMENTS) continue
    if (BUCKET_NAMES.has(name)) findings.push(finding('value.reserved_bucket', { property: name }))
    const trimmed = trimValue(name, properties[name] ?? null, {
      unit,
      maxBytes: MAX_CONTAINER_BYTES,
      findings,
    })
    if (trimmed !== undefined) entries.push([trimmed.name, trimmed.value])
  }
  if (firstDropped !== undefined) findings.push(tooMany(count, firstDropped))
  for (const name of Object.keys(replaced)) {
    const value = replaced[name]
    const at = entries.findIndex((entry) => entry[0] === name)
    if (at >= 0) entries.splice(at, 1)
    if (value !== undefined) entries.push([name, value])
  }
  return { json: JSON.stringify(Object.fromEntries(entries)), sentBytes: jsonBytes(properties), findings }
}

/** The limits of a value, and where to report what was cut. */
export interface TrimOptions {
  readonly unit: StringLimitUnit
  /** JSON bytes of a list or an object. */
  readonly maxBytes: number
  readonly findings: Finding[]
}

/** A property within the limits (PRP-10 to PRP-16); undefined if nothing of its value can be kept. */
export function trimValue(
  name: string,
  value: Json,
  options: TrimOptions,
): { readonly name: string; readonly value: Json } | undefined {
  const trimmer = new Trimmer(name, options)
  const storedName = trimmer.trimText(name)
  const trimmed = trimmer.trim(value)
  return trimmed === undefined ? undefined : { name: storedName, value: trimmed }
}

function tooMany(count: number, firstDropped: string): Finding {
  return finding('value.too_many_properties', {
    count,
    dropped: count - MAX_ELEMENTS,
    names: toStorable(truncate(firstDropped, MAX_STRING_LENGTH, 'chars')),
  })
}

/** Cuts one property's value to the limits and reports each kind of cut once. */
class Trimmer {
  /** The property's name, as findings show it. */
  readonly property: string
  readonly #unit: StringLimitUnit
  readonly #maxBytes: number
  readonly #findings: Finding[]
  readonly #added = new Set<Finding['code']>()

  constructor(property: string, { unit, maxBytes, findings }: TrimOptions) {
    this.property = toStorable(truncate(property, MAX_STRING_LENGTH, 'chars'))
    this.#unit = unit
    this.#maxBytes = maxBytes
    this.#findings = findings
  }

  /** The value within the limits, or undefined if nothing of it can be kept. */
  trim(value: Json): Json | undefined {
    const trimmed = this.#trimLevel(value, MAX_DEPTH)
    const bytes = typeof trimmed === 'object' && trimmed !== null ? jsonBytes(trimmed) : 0
    if (bytes <= this.#maxBytes) return trimmed
    this.#addTooMuch(`${bytes} bytes`)
    return undefined
  }

  /** A text within the limit, without characters that Postgres cannot hold. */
  trimText(text: string): string {
    const fitted = fitText(text, this.property, this.#unit)
    for (const found of fitted.findings) this.#addOnce(found)
    return fitted.text
  }

  #trimLevel(value: Json, depthLeft: number): Json | undefined {
    if (typeof value === 'string') return this.trimText(value)
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.#addOnce(
        finding('value.not_storable', {
          property: this.property,
          what: 'a number beyond a double',
          effect: 'stored without it',
        }),
      )
      return undefined
    }
    if (typeof value !== 'object' || value === null) return value
    const children = Object.entries(value)
    if (depthLeft === 0) {
      this.#addTooMuch('nested deeper')
      return undefined
    }
    if (children.length > MAX_ELEMENTS) {
      this.#addTooMuch(`${children.length} ${Array.isArray(value) ? 'elements' : 'keys'}`)
    }
    const kept: [string, Json][] = []
    for (const [name, child] of children.slice(0, MAX_ELEMENTS)) {
      const trimmed = this.#trimLevel(child, depthLeft - 1)
      if (trimmed === undefined) continue
      kept.push([this.trimText(name), trimmed])
    }
    return isJsonObject(value) ? Object.fromEntries(kept) : kept.map(([, child]) => child)
  }

  #addTooMuch(what: string): void {
    const limit = inKilobytes(this.#maxBytes)
    const { property } = this
    this.#addOnce(
      finding('value.too_deep_or_large', { property, what: ` (${what})`, limit, effect: 'was cut' }),
    )
  }

  #addOnce(added: Finding): void {
    if (this.#added.has(added.code)) return
    this.#added.add(added.code)
    this.#findings.push(added)
  }
}
