import { isJsonObject, type Json, type JsonObject, typeInWords } from '../json.ts'

/** How much of a name and of a value a sentence shows, and of how many names. */
const MAX_NAME_CHARS = 40
const MAX_VALUE_CHARS = 60
const MAX_NAMES = 5

/** A name as a sentence shows it. */
export function showName(name: string): string {
  return cut(name, MAX_NAME_CHARS)
}

/** A value as a sentence shows it: lists and objects by their type only. */
export function showValue(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, MAX_VALUE_CHARS))
  return typeof value === 'object' && value !== null ? typeInWords(value) : String(value)
}

/** The first names of an object's members, without their values. */
export function showNames(bag: Json): string {
  return showList(isJsonObject(bag) ? Object.keys(bag) : [])
}

/** The first of some names. */
export function showList(names: readonly string[]): string {
  if (names.length === 0) return 'no members'
  const shown = names.slice(0, MAX_NAMES).map(showName).join(', ')
  return names.length > MAX_NAMES ? `${shown}, …` : shown
}

/** Longer texts are not parsed: their first and last characters decide. */
const MAX_PARSED_CHARS = 65_536

/** True for a string that holds the JSON of an object or of a list. */
export function isEncodedTwice(value: Json | undefined): boolean {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return false
  if (value.length > MAX_PARSED_CHARS) return /[}\]]\s{0,9}$/.test(value.slice(-10))
  try {
    return typeof JSON.parse(value) === 'object'
  } catch {
    return false
  }
}

/** True for a member of a record with anything in it. */
export function isMember(record: JsonObject, name: string): boolean {
  return (record[name] ?? null) !== null
}

function cut(text: string, chars: number): string {
  return text.length > chars ? `${text.slice(0, chars)}…` : text
}
