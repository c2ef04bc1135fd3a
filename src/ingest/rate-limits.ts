import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Project } from '../core/project.ts'
import type { ProjectSettings } from '../core/settings.ts'

interface Window {
  readonly windowMs: number
  /** The use is part of an answer (RTL-07), so it is counted where the project has no such limit, too. */
  readonly isTold?: boolean
}

/** The time over which each limit counts, by the setting that holds its amount. */
const WINDOWS = {
  ingestion_events_per_second: { windowMs: 1_000 },
  ingestion_bytes_per_minute: { windowMs: 60_000 },
  queries_per_hour: { windowMs: 3_600_000, isTold: true },
  exports_per_hour: { windowMs: 3_600_000 },
  exports_per_second: { windowMs: 1_000 },
  lookup_replacements_per_day: { windowMs: MS_PER_DAY },
  gdpr_requests_per_second: { windowMs: 1_000 },
} as const satisfies Partial<Record<keyof ProjectSettings, Window>>

export type RateLimit = keyof typeof WINDOWS

/** The number of pairs of project and limit that are counted at a time. */
const MAX_REMEMBERED = 10_000
/** The number of parts that a window is divided into for counting. */
const PARTS = 20

/** What the limits need to know of a project. */
export type LimitedProject = Pick<Project, 'publicId' | 'settings'>

export type RateAmounts = Partial<Readonly<Record<RateLimit, number>>>

/** Rate limits of projects, whose use this process counts, or another. */
export interface ProjectLimits {
  /**
   * Adds to the use of a project's limits at a time in ms since the epoch, even if the request is refused (RTL-08).
   * Out: undefined if all are within their limits, else the seconds to wait: a whole window, since refused requests
   * count too, and a client that retried sooner would never be accepted (TRK-27).
   */
  take(
    project: LimitedProject,
    amounts: RateAmounts,
    nowMs: number,
  ): Promise<number | undefined> | number | undefined
  /** A project's use of a limit within the window that ends now. */
  used(project: LimitedProject, name: RateLimit, nowMs: number): Promise<number> | number
}

/** True if the use of one of the limits is counted. */
export function isCounted({ settings }: LimitedProject, amounts: RateAmounts): boolean {
  for (const name in amounts) {
    const { isTold = false }: Window = WINDOWS[name as RateLimit]
    if (isTold || settings[name as RateLimit] !== null) return true
  }
  return false
}

interface Use {
  /** The use in each part, by the part's number since the epoch. */
  readonly parts: Map<number, number>
}

/**
 * Counts the use of projects' rate limits (RTL-01 to RTL-05) in rolling windows, in the memory of one process. All
 * limits are off unless a project sets them (RTL-07).
 */
export class RateLimits implements ProjectLimits {
  readonly #uses = new Map<string, Use>()

  take(project: LimitedProject, amounts: RateAmounts, nowMs: number): number | undefined {
    if (!isCounted(project, amounts)) return undefined
    let waitS: number | undefined
    for (const [name, amount] of Object.entries(amounts) as [RateLimit, number][]) {
      const limit = project.settings[name]
      const { windowMs, isTold = false }: Window = WINDOWS[name]
      if (limit === null && !isTold) continue
      const used = this.#use(project, name, amount, nowMs)
      if (limit !== null && used > limit) waitS = Math.max(waitS ?? 0, windowMs / 1_000)
    }
    return waitS
  }

  used(project: LimitedProject, name: RateLimit, nowMs: number): number {
    return this.#use(project, name, 0, nowMs)
  }

  /** Adds an amount. Out: the use within the window that ends now. */
  #use({ publicId }: LimitedProject, name: RateLimit, amount: number, nowMs: number): number {
    const { windowMs } = WINDOWS[name]
    const key = `${publicId}:${name}`
    const use = this.#uses.get(key) ?? { parts: new Map<number, number>() }
    if (this.#uses.size >= MAX_REMEMBERED) this.#uses.clear()
    this.#uses.set(key, use)
    const part = Math.floor((nowMs * PARTS) / windowMs)
    use.parts.set(part, (use.parts.get(part) ?? 0) + amount)
    let used = 0
    for (const [number, count] of use.parts) {
      if (number <= part - PARTS) use.parts.delete(number)
      else used += count
    }
    return used
  }
}
