import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Verdict } from '../core/verdict/verdict.ts'

/** Verdicts kept of a project, in number and in time. */
const MAX_VERDICTS = 10_000
const MAX_AGE_MS = 30 * MS_PER_DAY
/** How many new ones make it worth looking. */
const PRUNE_EVERY = 1_000
/** Projects whose verdicts are counted at a time. */
const MAX_COUNTED = 10_000

/** Deletes all of a project's verdicts but the newest `keep`, and those received before `fromMs`. */
export type Prune = (projectId: number, keep: number, fromMs: number) => Promise<void>

/** Keeps what is told within bounds: now and then, as verdicts come, a project's oldest are deleted. */
export class VerdictBounds {
  readonly #prune: Prune
  readonly #counts = new Map<number, number>()

  constructor(prune: Prune) {
    this.#prune = prune
  }

  /** Counts verdicts that were written, and prunes where there are many new ones. */
  async count(verdicts: readonly Verdict[]): Promise<void> {
    for (const { projectId, receivedAtMs } of verdicts) {
      const count = (this.#counts.get(projectId) ?? 0) + 1
      if (count < PRUNE_EVERY) {
        this.#keep(projectId, count)
        continue
      }
      this.#counts.delete(projectId)
      await this.#prune(projectId, MAX_VERDICTS, receivedAtMs - MAX_AGE_MS)
    }
  }

  /** The project that was told of longest ago makes room. */
  #keep(projectId: number, count: number): void {
    this.#counts.delete(projectId)
    this.#counts.set(projectId, count)
    if (this.#counts.size <= MAX_COUNTED) return
    const [longestAgo] = this.#counts.keys()
    if (longestAgo !== undefined) this.#counts.delete(longestAgo)
  }
}
