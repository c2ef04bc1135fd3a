import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { MS_PER_DAY, parseIsoMs, parseTimeMs } from '../normalise/time.ts'
import { isDisallowed } from '../validate/disallowed.ts'
import { type Explained, explained } from './sentences.ts'
import { findSpelling } from './spellings.ts'
import { showName, showNames, showValue } from './words.ts'

/** 2026-01-01, in seconds: the sample time in sentences. */
const EXAMPLE = 1_767_225_600
const FIRST_PLAUSIBLE_MS = Date.UTC(2000, 0, 1)
const MS_PER_HOUR = 3_600_000
/** Zero, and the zero of Go's time.Time, in seconds since 1970. */
const UNSET: ReadonlySet<number> = new Set([0, -62_135_596_800])

/** What is wrong with the `time` of a record that cannot be read as one. */
export function explainTimeText(value: Json, field = 'time'): Explained {
  const example = EXAMPLE
  if (isJsonObject(value)) return explained('time.object', { names: showNames(value), example })
  if (typeof value !== 'string') return explained('time.not_number', { kind: showValue(value), example })
  const shown = { field, value: showValue(value) }
  if (isDisallowed(value)) return explained('time.unset', { value: shown.value })
  if (value.trim() === '') return explained('time.not_number', { kind: shown.value, example })
  if (/\{\{|\$\{|<%|\[\[/.test(value)) return explained('time.template', { ...shown, example })
  const ms = parseIsoMs(value.trim()) ?? parseZonedMs(value)
  if (ms !== undefined && UNSET.has(ms / 1_000)) return explained('time.unset', { value: shown.value })
  if (ms !== undefined) return explained('time.date', { ...shown, seconds: Math.floor(ms / 1_000), ms })
  const inside = /^\D*(\d{13}|\d{10})(?:\D|$)/.exec(value)?.[1]
  if (inside !== undefined) {
    const insideMs = Number(inside.padEnd(13, '0'))
    return explained('time.number_inside', { ...shown, seconds: Math.floor(insideMs / 1_000), ms: insideMs })
  }
  const isDate = /\b(19|20)\d{2}\b|\d{1,2}([/.-])\d{1,2}\2\d{2}/.test(value)
  return explained(isDate ? 'time.date_text' : 'time.own_text', { ...shown, example })
}

/** A date in another form that names its zone, such as that of HTTP headers. */
function parseZonedMs(text: string): number | undefined {
  if (text.length > 64 || !/(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})(?: \([\w ]+\))?$/.test(text.trim()))
    return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

/** Where the time of an event is that has no `time`. */
export function explainNoTime(record: JsonObject, properties: JsonObject): Explained {
  const reserved = properties['$time']
  if (typeof reserved === 'string') return explainTimeText(reserved, '$time')
  const inside = findSpelling(properties, 'time')
  if (inside !== undefined)
    return explained('time.elsewhere', { place: `in properties, as ${showName(inside)}` })
  const outside = findSpelling(record, 'time')
  if (outside !== undefined) {
    return explained('time.elsewhere', { place: `at the top level, as ${showName(outside)}` })
  }
  return explained('time.missing', { names: showNames(properties), example: EXAMPLE })
}

/** Another unit, or another zero, of a number that was read as seconds or milliseconds. */
interface Unit {
  readonly unit: string
  readonly toMs: (value: number) => number
}

/** Milliseconds from the year 1601 and from the year 1 to 1970. */
const MS_SINCE_1601 = 11_644_473_600_000
const MS_SINCE_YEAR_1 = 62_135_596_800_000
/** Milliseconds from 1970 to 2001, the reference date of Swift and Objective-C. */
const MS_TO_2001 = 978_307_200_000
/** Days from the zero of spreadsheets to 1970. */
const SPREADSHEET_DAYS = 25_569

const UNITS: readonly Unit[] = [
  { unit: 'microseconds', toMs: (value) => value / 1e3 },
  { unit: 'nanoseconds', toMs: (value) => value / 1e6 },
  { unit: 'ticks of .NET', toMs: (value) => value / 1e4 - MS_SINCE_YEAR_1 },
  { unit: 'microseconds since 1601', toMs: (value) => value / 1e3 - MS_SINCE_1601 },
  { unit: 'units of 100 ns since 1601', toMs: (value) => value / 1e4 - MS_SINCE_1601 },
  { unit: 'a date as YYYYMMDD', toMs: (value) => digitsToMs(value, 8) },
  { unit: 'a time as YYYYMMDDHHMMSS', toMs: (value) => digitsToMs(value, 14) },
  { unit: 'days since 1970', toMs: (value) => value * MS_PER_DAY },
  { unit: 'days of a spreadsheet', toMs: (value) => (value - SPREADSHEET_DAYS) * MS_PER_DAY },
  // Smaller numbers may be anything.
  { unit: 'seconds since 2001', toMs: (value) => (value < 4e8 ? Number.NaN : value * 1e3 + MS_TO_2001) },
]

/** The digits of a date, or of a date and a time in UTC, in ms since the epoch; NaN for others. */
function digitsToMs(value: number, digits: 8 | 14): number {
  const text = String(value)
  if (text.length !== digits || !/^\d+$/.test(text)) return Number.NaN
  const [, date = '', day = '', time = '000000'] = /^(\d{6}(\d{2}))(\d{6})?$/.exec(text) ?? []
  const [, year, month] = /^(\d{4})(\d{2})/.exec(date) ?? []
  const [, hour, minute, second] = /^(\d{2})(\d{2})(\d{2})$/.exec(time) ?? []
  return parseIsoMs(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) ?? Number.NaN
}

/** What a number may mean that was read as a `time` too early or too late to be one (TRK-31). */
export function explainOddTime(value: Json, timeMs: number, nowMs: number): Explained {
  const number = Number(value)
  const shown = { value: showValue(value), date: new Date(timeMs).toISOString() }
  if (UNSET.has(number)) return explained('time.unset', { value: shown.value })
  const guess = UNITS.map(({ unit, toMs }) => ({ unit, ms: Math.round(toMs(number)) })).find(({ ms }) => {
    return ms >= FIRST_PLAUSIBLE_MS && ms <= nowMs + 366 * MS_PER_DAY
  })
  if (guess !== undefined) {
    const { unit, ms } = guess
    return explained('time.unit', { ...shown, unit, seconds: Math.floor(ms / 1_000), ms })
  }
  return explained('time.own_number', shown)
}

/** Why a time that can be read is refused by a strict import: rows 7, 8 and 20 of IMP-14. */
export function explainRefusedTime(value: Json, nowMs: number): Explained {
  const timeMs = parseTimeMs(value) ?? nowMs
  if (isOddTime(timeMs)) return explainOddTime(value, timeMs, nowMs)
  const shown = { value: showValue(value), date: new Date(timeMs).toISOString() }
  if (timeMs <= nowMs) return explained('time.retention', shown)
  return explained('time.ahead', { ...shown, hours: Math.ceil((timeMs - nowMs) / MS_PER_HOUR) })
}

const YEAR_2101_MS = 4_133_980_800_000

/** True for a time before 2000 or after 2100, which is probably in the wrong unit (TRK-31). */
export function isOddTime(timeMs: number): boolean {
  return timeMs < FIRST_PLAUSIBLE_MS || timeMs >= YEAR_2101_MS
}
