import type { Project } from './project.ts'
import { err, ok, type Result } from './result.ts'

/** What a project's clock may show, in ms since the epoch: from 1971 until the end of 2199. */
const MIN_NOW_MS = Date.UTC(1971, 0, 1)
const MAX_NOW_MS = Date.UTC(2200, 0, 1) - 1

/** A day, which is its first moment in UTC, or a moment with its time zone. */
const ISO = /^(\d{4}-\d{2}-\d{2})(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$/

/** Now by a project's own clock. In: now by the server's. Both in ms since the epoch. */
export function nowOf({ clockOffsetMs }: Pick<Project, 'clockOffsetMs'>, serverNowMs: number): number {
  return serverNowMs + clockOffsetMs
}

/** What a clock can be set by: exactly one of the two. */
export interface ClockSetting {
  /** ISO 8601, or ms since the epoch. */
  readonly now?: string | number
  /** How far ahead of the server's clock, in ms. */
  readonly offset_ms?: number
}

/** How far a clock is to be ahead of the server's, in ms. Errors are the sentence to answer with. */
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
  // A day that no calendar has, such as 30 February, is not taken for another.
  if (day === undefined || !isDay(day)) return undefined
  const ms = Date.parse(now)
  return Number.isNaN(ms) ? undefined : ms
}

function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day)
}
