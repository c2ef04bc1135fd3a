import { MS_PER_DAY } from '../core/normalise/time.ts'
import type { Verdict } from '../core/verdict/verdict.ts'

/** Verdicts kept of a project, in number and in time. */
const MAX_VERDICTS = 10_000
const MAX_AGE_MS = 30 * MS_PER_DAY
/** How many new ones make it worth looking. */
const PRUNE_EVERY = 1_000
/** Projects whose verdicts are counted at a time, and senders. */
const MAX_COUNTED = 10_000

/** Verdicts of no project that are taken of one sender: at once, and then in a second. */
const SENDER_BURST = 1_000
const SENDER_PER_S = 20
/** Of these, on one code and token, in one commit. */
const MAX_ALIKE = 100

/** Deletes all of a project's verdicts but the newest `keep`, and those received before `fromMs`. */
export type Prune = (projectId: number, keep: number, fromMs: number) => Promise<void>

/** What a sender has had kept, as of a moment. */
interface Used {
  readonly count: number
  readonly atMs: number
}

/**
 * Keeps what is told within bounds: now and then, as verdicts come, a project's oldest are deleted. Of those of no
 * project, which anybody can have written, so many of a sender are taken: whoever floods pushes out nobody else's.
 */
export class VerdictBounds {
  readonly #prune: Prune
  readonly #counts = new Map<number, number>()
  readonly #senders = new Map<string, Used>()

  constructor(prune: Prune) {
    this.#prune = prune
  }

  /** The verdicts that are to be written: all of projects, and of no project those within the bounds of senders. */
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

  /** Counts verdicts that were written, and prunes where there are many new ones. */
  async count(verdicts: readonly Verdict[]): Promise<void> {
    for (const { projectId, receivedAtMs } of verdicts) {
      const count = (this.#counts.get(projectId) ?? 0) + 1
      if (count < PRUNE_EVERY) {
        putNewest(this.#counts, projectId, count)
        continue
      }
      this.#counts.delete(projectId)
      await this.#prune(projectId, MAX_VERDICTS, receivedAtMs - MAX_AGE_MS)
    }
  }

  /** True while a sender is within its bounds, and then it is counted. */
  #takes(sender: string, nowMs: number): boolean {
    const used = this.#senders.get(sender)
    // A clock may be set back.
    const passedMs = used === undefined ? 0 : Math.max(nowMs - used.atMs, 0)
    const count = Math.max((used?.count ?? 0) - (passedMs / 1_000) * SENDER_PER_S, 0)
    const isWithin = count + 1 <= SENDER_BURST
    putNewest(this.#senders, sender, { count: isWithin ? count + 1 : count, atMs: nowMs })
    return isWithin
  }
}

/** The one that was told of longest ago makes room. */
function putNewest<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= MAX_COUNTED) return
  const [longestAgo] = map.keys()
  if (longestAgo !== undefined) map.delete(longestAgo)
}
