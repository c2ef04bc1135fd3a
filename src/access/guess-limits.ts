/** How many wrong guesses are free, and the delays after that. */
export interface GuessPolicy {
  /** Wrong guesses without delay. */
  readonly free: number
  /** One wrong guess is forgotten each time this has passed. */
  readonly forgetMs: number
  /** The delay after the first guess that is not free; each further one doubles it. */
  readonly firstWaitMs: number
  readonly maxWaitMs: number
}

/** A client with wrong guesses. */
interface Guesser {
  /** Wrong guesses, less the forgotten ones, as of `atMs`. */
  readonly failures: number
  readonly atMs: number
  /** Its credentials are not checked before this time. */
  readonly untilMs: number
}

/** Clients remembered; the one with the oldest last wrong guess is dropped. */
const MAX_CLIENTS = 10_000

/** Counts wrong guesses per client, and computes the delay of the next guess. The caller passes the time. */
export class GuessLimits {
  readonly #clients = new Map<string, Guesser>()
  readonly #maxClients: number

  constructor(maxClients = MAX_CLIENTS) {
    this.#maxClients = maxClients
  }

  /** How many ms a client still has to wait; 0 if its next guess may be checked. */
  waitMs(client: string, { maxWaitMs }: GuessPolicy, nowMs: number): number {
    const left = (this.#clients.get(client)?.untilMs ?? 0) - nowMs
    // Longer than any delay: the clock was set back.
    return left > 0 && left <= maxWaitMs ? left : 0
  }

  /** Records a wrong guess. */
  failed(client: string, policy: GuessPolicy, nowMs: number): void {
    const failures = this.#failures(client, policy, nowMs) + 1
    const beyond = Math.ceil(failures - policy.free)
    const waitMs = beyond <= 0 ? 0 : Math.min(policy.maxWaitMs, policy.firstWaitMs * 2 ** (beyond - 1))
    // Reinserted at the end, so that the first in the map is the one to drop.
    this.#clients.delete(client)
    this.#clients.set(client, { failures, atMs: nowMs, untilMs: nowMs + waitMs })
    const [oldest] = this.#clients.size > this.#maxClients ? this.#clients.keys() : []
    if (oldest !== undefined) this.#clients.delete(oldest)
  }

  #failures(client: string, { forgetMs, free, firstWaitMs, maxWaitMs }: GuessPolicy, nowMs: number): number {
    const known = this.#clients.get(client)
    if (known === undefined) return 0
    const forgotten = Math.max(0, nowMs - known.atMs) / forgetMs
    // Counting further would not lengthen the delay, only the forgetting.
    const most = free + Math.log2(maxWaitMs / firstWaitMs) + 1
    return Math.max(0, Math.min(known.failures, most) - forgotten)
  }
}
