const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}))?(?:Z|\.\d{1,9}Z?)?$/
/** The years that four digits can write, in seconds since the epoch. */
const MIN_SECONDS = -62_135_596_800
const MAX_SECONDS = 253_402_300_799

/** The moment of a text such as `2026-01-02T03:04:05`, in UTC, in seconds since the epoch; undefined for none. */
export function parseMoment(text: string): number | undefined {
  const [, date, time = '00:00:00'] = MOMENT.exec(text) ?? []
  if (date === undefined) return undefined
  const moment = new Date(`${date}T${time}Z`)
  // A day that does not exist would become another.
  if (Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 10) !== date) return undefined
  return isMoment(moment.getTime() / 1_000) ? moment.getTime() / 1_000 : undefined
}

/** True for seconds since the epoch that a date of four digits' year can tell. */
export function isMoment(seconds: number): boolean {
  return seconds >= MIN_SECONDS && seconds <= MAX_SECONDS
}

/** A moment as profiles and events write it: `2026-01-02T03:04:05` in UTC (PRP-05). */
export function writeMoment(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 19)
}
