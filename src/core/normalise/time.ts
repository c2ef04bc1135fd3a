import type { Json } from '../json.ts'

export const MS_PER_DAY = 86_400_000

const NUMERIC = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/
/** From here on a number is in milliseconds: as seconds it would be in the year 5138 (TRK-31). */
const FIRST_MILLISECONDS = 1e11
/** The range of a Date; a time beyond it becomes the limit. */
const FURTHEST_MS = 8.64e15

/**
 * A client's `time` in ms since the epoch (TRK-31): seconds or milliseconds, whole or not, a number or a numeric
 * string; the size decides the unit. Undefined for anything else.
 */
export function parseTimeMs(value: Json | undefined): number | undefined {
  const number = typeof value === 'string' && NUMERIC.test(value.trim()) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined
  const ms = Math.round(Math.abs(number) >= FIRST_MILLISECONDS ? number : number * 1_000)
  return Math.max(-FURTHEST_MS, Math.min(FURTHEST_MS, ms))
}

/** A date, optionally with a time and its zone. */
const ISO_TIME = /^(\d{4}-\d{2}-(\d{2}))(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/

/** An ISO 8601 text in ms since the epoch; UTC if it has no zone, like all times of a profile; undefined for anything else. */
export function parseIsoMs(value: Json): number | undefined {
  const [, date = '', day, time = '00:00', zone = 'Z'] =
    (typeof value === 'string' && ISO_TIME.exec(value)) || []
  const midnight = new Date(`${date}T00:00Z`)
  // A day that the month does not have would become one of the next month.
  if (midnight.getUTCDate() !== Number(day)) return undefined
  const ms = Date.parse(`${date}T${time}${zone}`)
  return Number.isNaN(ms) ? undefined : ms
}
