import { MAX_VERDICT_AGE_MS, MAX_VERDICTS } from '../core/limits.ts'
import type { Verdict } from '../core/verdict/verdict.ts'

/** A project's verdicts are pruned each time this many have been added. */
const PRUNE_EVERY = 1_000
/** Projects, and senders, that are counted at a time. */
const MAX_COUNTED = 10_000

/** Verdicts without a project accepted from one sender: the burst, and the sustained rate. */
const SENDER_BURST = 1_000
const SENDER_PER_S = 20
/** The maximum of these with the same code and token in one commit. */
const MAX_ALIKE = 100

/** Deletes all of a project's verdicts but the newest `keep`, and those received before `fromMs`. */
export type Prune = (projectId: number, keep: number, fromMs: number) => Promise<void>

/** The verdicts accepted from a sender, less those drained by `atMs`. */
interface Used {
  readonly count: number
  readonly atMs: number
}

/**
 * Limits the stored verdicts. A project's oldest are deleted from time to time. Those without a project, which anyone
 * can cause, are limited per sender, so that a flood does not displace the verdicts of other senders.
 */
export class VerdictBounds {
  readonly #prune: Prune
  readonly #counts = new Map<number, number>()
  readonly #senders = new Map<string, Used>()

  constructor(prune: Prune) {
    this.#prune = prune
  }

  /** The verdicts to write: all with a project, and those without that are within the limits of their sender. */
  admit(verdicts: readonly Verdict[]): readonly Verdict[] {
    if (verdicts.every(({ projectId }) => projectId !== 0)) return verdicts
    const alike = new Map<string, number>()
    return verdicts.filter((verdict) => {
      if (verdict.projectId !== 0) return true
      const { sender, finding } = verdict
      const kind = `${sender} ${finding.code} ${finding.values['token'] ?? ''}`
      const count = (alike.get(kind) ?? 0) + 1
      alike.set(kind, count)
      return count <= MAX_ALIKE && this.#takes(sender ?? '', verdict.receivedAtMs)
    })
  }

  /** Counts written verdicts, and prunes projects with many new ones. */
  async count(verdicts: readonly Verdict[]): Promise<void> {
    for (const { projectId, receivedAtMs } of verdicts) {
      const count = (this.#counts.get(projectId) ?? 0) + 1
      if (count < PRUNE_EVERY) {
        putNewest(this.#counts, projectId, count)
        continue
      }
      this.#counts.delete(projectId)
      await this.#prune(projectId, MAX_VERDICTS, receivedAtMs - MAX_VERDICT_AGE_MS)
    }
  }

  /** True if a sender is within its limits; counts the verdict then. */
  #takes(sender: string, nowMs: number): boolean {
    const used = this.#senders.get(sender)
    // The clock may be set back.
    const passedMs = used === undefined ? 0 : Math.max(nowMs - used.atMs, 0)
    const count = Math.max((used?.count ?? 0) - (passedMs / 1_000) * SENDER_PER_S, 0)
    const isWithin = count + 1 <= SENDER_BURST
    putNewest(this.#senders, sender, { count: isWithin ? count + 1 : count, atMs: nowMs })
    return isWithin
  }
}

/** Puts an entry last; beyond the maximum number, the first, least recently put, is dropped. */
function putNewest<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= MAX_COUNTED) return
  const [longestAgo] = map.keys()
  if (longestAgo !== undefined) map.delete(longestAgo)
}
