import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Project } from '../core/project.ts'
import type { ProjectSettings } from '../core/settings.ts'

/** What is limited: the setting that says how much, and over which time. */
const WINDOWS = {
  ingestion_events_per_second: { windowMs: 1_000 },
  ingestion_bytes_per_minute: { windowMs: 60_000 },
  queries_per_hour: { windowMs: 3_600_000 },
  exports_per_hour: { windowMs: 3_600_000 },
  exports_per_second: { windowMs: 1_000 },
  lookup_replacements_per_day: { windowMs: MS_PER_DAY },
  gdpr_requests_per_second: { windowMs: 1_000 },
} as const satisfies Partial<Record<keyof ProjectSettings, { windowMs: number }>>

/** A limit that can be set for a project. */
export type RateLimit = keyof typeof WINDOWS

/** Projects and limits whose use is remembered at a time. */
const MAX_REMEMBERED = 10_000
/** Parts that a window is counted in: as exact as anybody can tell, and bounded. */
const PARTS = 20

interface Use {
  /** What was used in each part of the window, by the number of the part. */
  readonly parts: Map<number, number>
}

/**
 * Counts what projects use of what they may (RTL-01 to RTL-05), over rolling windows, in this process. All limits are
 * off unless a project sets them (RTL-07).
 */
export class RateLimits {
  readonly #uses = new Map<string, Use>()

  /**
   * Uses some of a project's limits at a time (ms since the epoch), refused or not (RTL-08). Out: undefined when all is
   * within them, else how many seconds to wait: the whole window, as what is refused counts in it too, and whoever
   * came again sooner would never be let in (TRK-27).
   */
  take(
    project: Project,
    amounts: Partial<Readonly<Record<RateLimit, number>>>,
    nowMs: number,
  ): number | undefined {
    let waitS: number | undefined
    for (const [name, amount] of Object.entries(amounts) as [RateLimit, number][]) {
      const limit = project.settings[name]
      if (limit === null) continue
      const used = this.#use(`${project.publicId}:${name}`, amount, WINDOWS[name].windowMs, nowMs)
      if (used > limit) waitS = Math.max(waitS ?? 0, WINDOWS[name].windowMs / 1_000)
    }
    return waitS
  }

  /** Adds to what was used and tells how much of it is in the window that ends now. */
  #use(key: string, amount: number, windowMs: number, nowMs: number): number {
    const use = this.#uses.get(key) ?? { parts: new Map<number, number>() }
    if (this.#uses.size >= MAX_REMEMBERED) this.#uses.clear()
    this.#uses.set(key, use)
    const part = Math.floor((nowMs * PARTS) / windowMs)
    use.parts.set(part, (use.parts.get(part) ?? 0) + amount)
    let used = 0
    for (const [own, count] of use.parts) {
      if (own <= part - PARTS) use.parts.delete(own)
      else used += count
    }
    return used
  }
}
