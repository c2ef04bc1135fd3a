import type { Json } from '../json.ts'
import { toStorable } from '../normalise/text.ts'

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const BOOLEAN = /^(?:true|false)$/i
/** Date, time, fraction and offset of RFC 3339; Date checks whether they exist. */
const DATETIME = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-](?:[01]\d|2[0-3]):[0-5]\d))$/

/**
 * The value of a field's text (LKP-04): a number, a boolean, a list of strings or a string; undefined for null. A
 * datetime becomes a string of the form 2026-01-31T12:00:00.000Z, which no other value has. Characters that Postgres
 * cannot hold become U+FFFD.
 */
export function toLookupValue(text: string): Json {
  if (text === '') return null
  if (NUMBER.test(text)) return toNumber(text) ?? text
  if (BOOLEAN.test(text)) return text.length === 4
  if (text.startsWith('[') && text.endsWith(']')) return toStrings(text) ?? toStorable(text)
  return toDatetime(text) ?? toStorable(text)
}

/** Undefined if a double cannot hold it; adding 0 turns -0 into 0, the only zero of JSON. */
function toNumber(text: string): number | undefined {
  const number = Number(text) + 0
  return Number.isFinite(number) ? number : undefined
}

function toStrings(text: string): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string')
    return isList ? value.map(toStorable) : undefined
  } catch {
    return undefined
  }
}

function toDatetime(text: string): string | undefined {
  const [, day = '', time = '', fraction = '', offset = 'Z'] = DATETIME.exec(text) ?? []
  if (day === '') return undefined
  const ms = fraction.slice(0, 3).padEnd(3, '0')
  // Date would take the 30th of February for a day in March.
  if (!existsDay(day)) return undefined
  const datetime = new Date(`${day}T${time}.${ms}${offset}`)
  const year = Number.isNaN(datetime.getTime()) ? -1 : datetime.getUTCFullYear()
  return year < 0 || year > 9_999 || time.startsWith('24') ? undefined : datetime.toISOString()
}

function existsDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00.000Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}
