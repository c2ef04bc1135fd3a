import { isJsonObject, type Json, type JsonObject } from '../../../../src/core/json.ts'

const READ_ON_ARRIVAL = 'token ip time distinct_id $insert_id'
const WRITTEN_BY_THE_SERVER =
  '$mp_api_endpoint $mp_api_timestamp_ms mp_processing_time_ms $mp_event_size $import ' +
  '$distinct_id_before_identity $is_reshuffled $preshuffle_distinct_id $failure_reason ' +
  '$failure_description $identity_failure_reason mp_original_distinct_id mp_original_event_name'
const left = new Set(`${READ_ON_ARRIVAL} ${WRITTEN_BY_THE_SERVER}`.split(' '))

/** PRP-01, PRP-02 and PRP-10 to PRP-16 written down as plainly as can be, to compare the real thing with. */
export function naiveStored(properties: JsonObject, unit: 'chars' | 'bytes'): Json {
  const names = Object.keys(properties).filter((name) => !left.has(name))
  const kept: [string, Json][] = []
  for (const name of names.slice(0, 255)) {
    const value = naiveValue(properties[name] ?? null, 1, unit)
    if (value !== undefined && fits8Kb(value)) kept.push([naiveText(name, unit), value])
  }
  return Object.fromEntries(kept)
}

function naiveValue(value: Json, depth: number, unit: 'chars' | 'bytes'): Json | undefined {
  if (typeof value === 'string') return naiveText(value, unit)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'boolean' || value === null) return value
  if (depth > 3) return undefined
  const kept: [string, Json][] = []
  for (const [name, child] of Object.entries(value).slice(0, 255)) {
    const own = naiveValue(child, depth + 1, unit)
    if (own !== undefined) kept.push([naiveText(name, unit), own])
  }
  return isJsonObject(value) ? Object.fromEntries(kept) : kept.map((entry) => entry[1])
}

function naiveText(text: string, unit: 'chars' | 'bytes'): string {
  let cut = ''
  let used = 0
  for (const character of text.toWellFormed().replaceAll('\u0000', '\uFFFD')) {
    used += unit === 'chars' ? 1 : Buffer.byteLength(character)
    if (used > 255) break
    cut += character
  }
  return cut
}

function fits8Kb(value: Json): boolean {
  return typeof value !== 'object' || value === null || Buffer.byteLength(JSON.stringify(value)) <= 8_192
}

/** JSON with the names of every object in order, so that equal values have equal texts. */
export function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (!isJsonObject(value)) return `[${value.map(canonical).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, child]) => `${JSON.stringify(name)}:${canonical(child)}`).join(',')}}`
}
