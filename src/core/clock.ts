import type { Project } from './project.ts'
import { err, ok, type Result } from './result.ts'

/** The range of a project's clock, in ms since the epoch: from 1971 to the end of 2199. */
const MIN_NOW_MS = Date.UTC(1971, 0, 1)
const MAX_NOW_MS = Date.UTC(2200, 0, 1) - 1

/** A date, which means its start in UTC, or a date and time with a zone. */
const ISO = /^(\d{4}-\d{2}-\d{2})(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/

/** The current time of a project's clock. In: that of the server's. Both in ms since the epoch. */
export function nowOf({ clockOffsetMs }: Pick<Project, 'clockOffsetMs'>, serverNowMs: number): number {
  return serverNowMs + clockOffsetMs
}

/** How to set a clock: exactly one of the two. */
export interface ClockSetting {
  /** ISO 8601, or ms since the epoch. */
  readonly now?: string | number
  /** How far ahead of the server's clock, in ms. */
  readonly offset_ms?: number
}

/**
 * Reads a clock setting. Out: how far ahead of the server's clock to set it, in ms. Errors are the sentence to answer
 * with.
 */
export function parseClock(
  { now, offset_ms: offsetMs }: ClockSetting,
  serverNowMs: number,
): Result<number, string> {
  if ((now === undefined) === (offsetMs === undefined)) return err('Give now or offset_ms: one of the two.')
  const nowMs = now === undefined ? serverNowMs + (offsetMs ?? 0) : parseNow(now)
  if (nowMs === undefined) {
    return err('now must be a time with its zone such as 2026-08-20T12:00:00Z, a date, or ms since 1970.')
  }
  if (nowMs < MIN_NOW_MS || nowMs > MAX_NOW_MS) return err('The clock can show the years 1971 to 2199.')
  return ok(nowMs - serverNowMs)
}

function parseNow(now: string | number): number | undefined {
  if (typeof now === 'number') return now
  const day = ISO.exec(now)?.[1]
  // Date would turn a day that does not exist, such as 30 February, into another.
  if (day === undefined || !isDay(day)) return undefined
  const ms = Date.parse(now)
  return Number.isNaN(ms) ? undefined : ms
}

function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}
