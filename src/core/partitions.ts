import { MS_PER_DAY } from './normalise/time.ts'

/** A part of the events, by their time in ms since the epoch. */
export interface Partition {
  /** Inclusive; undefined for the earliest. */
  readonly fromMs: number | undefined
  /** Exclusive; undefined for the open one, which has all events from `fromMs` on. */
  readonly toMs: number | undefined
  /** With its indexes. */
  readonly bytes: number
}

/** Up to this size the open partition has no end: a small database has one partition, which costs least. */
const OPEN_BYTES = 2 ** 30
/** A partition should become no larger than this. */
const MAX_BYTES = 8 * 2 ** 30
/** A partition is made at least so long before its time: while it is almost empty, that takes milliseconds. */
const AHEAD_MS = 3 * MS_PER_DAY

/** True if the open partition, the last one, must get an end: it is large, or its time comes. */
export function isSplitDue(
  partitions: readonly Partition[],
  nowMs: number,
  openBytes: number = OPEN_BYTES,
): boolean {
  const open = partitions.at(-1)
  if (open === undefined) return false
  const isNear = open.fromMs !== undefined && open.fromMs - nowMs < AHEAD_MS
  return isNear || open.bytes > openBytes
}

/**
 * Where the open partition may end, in ms since the epoch, the best first. These are starts of UTC days, weeks, months,
 * quarters or years: of the longest of these in which no more than 8 GB came at the rate of the current partition. In:
 * the partitions by time; since when events come, for the rate of the earliest.
 */
export function boundsAhead(
  partitions: readonly Partition[],
  nowMs: number,
  sinceMs: number,
): readonly number[] {
  const current = partitions.find(({ toMs }) => toMs === undefined || toMs > nowMs)
  const days = Math.max(1, (nowMs - (current?.fromMs ?? sinceMs)) / MS_PER_DAY)
  const bytesPerDay = (current?.bytes ?? 0) / days
  const unit = UNITS.findLast((other) => bytesPerDay * other.days <= MAX_BYTES) ?? DAY
  const afterMs = Math.max(nowMs + AHEAD_MS, partitions.at(-1)?.fromMs ?? nowMs)
  const distances = [0, ...Array.from({ length: 12 }, (_none, power) => 2 ** power)]
  return distances.map((distance) => nextStart(unit, afterMs + distance * unit.days * MS_PER_DAY))
}

/** A part of the calendar, and its length; `startOf` is the start of the one `further` after that of a time. */
interface Unit {
  readonly days: number
  readonly startOf: (time: Date, further: number) => number
}

const MONDAY = 1
const DAY: Unit = {
  days: 1,
  startOf: (time, further) =>
    Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate() + further),
}
const months = (count: number): Unit => ({
  days: (count * 365.25) / 12,
  startOf: (time, further) =>
    Date.UTC(time.getUTCFullYear(), (Math.floor(time.getUTCMonth() / count) + further) * count),
})
const UNITS: readonly Unit[] = [
  DAY,
  {
    days: 7,
    startOf: (time, further) => DAY.startOf(time, 7 * further - ((time.getUTCDay() + 7 - MONDAY) % 7)),
  },
  months(1),
  months(3),
  months(12),
]

/** The first start after a time. */
function nextStart(unit: Unit, afterMs: number): number {
  return unit.startOf(new Date(afterMs), 1)
}
