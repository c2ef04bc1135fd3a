const DATETIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}))?(?:Z|\.\d{1,9}Z?)?$/
/** The years of four digits, in seconds since the epoch. */
const MIN_SECONDS = -62_135_596_800
const MAX_SECONDS = 253_402_300_799

/** Parses a text such as `2026-01-02T03:04:05` as UTC. Out: seconds since the epoch, or undefined. */
export function parseDatetime(text: string): number | undefined {
  const [, date, time = '00:00:00'] = DATETIME.exec(text) ?? []
  if (date === undefined) return undefined
  const datetime = new Date(`${date}T${time}Z`)
  // A day that does not exist would become another day.
  if (Number.isNaN(datetime.getTime()) || datetime.toISOString().slice(0, 10) !== date) return undefined
  return isInRange(datetime.getTime() / 1_000) ? datetime.getTime() / 1_000 : undefined
}

function isInRange(seconds: number): boolean {
  return seconds >= MIN_SECONDS && seconds <= MAX_SECONDS
}

/** The greatest number that is read as seconds; greater ones are ms, as with Mixpanel. */
export const MAX_NUMBER_OF_SECONDS = 4_294_967_295
/** Greater numbers are not times, in ms. */
export const END_OF_TIME_MS = (MAX_SECONDS + 1) * 1_000

/**
 * The time of a number, in seconds since the epoch: seconds or ms, from 1 on; undefined if out of range.
 */
export function datetimeOf(number: number): number | undefined {
  if (!(number >= 1 && number < END_OF_TIME_MS)) return undefined
  return number > MAX_NUMBER_OF_SECONDS ? number / 1_000 : number
}

/** A time in the form that profiles and events have: `2026-01-02T03:04:05` in UTC (PRP-05). */
export function writeDatetime(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 19)
}
