/** How often somebody may be wrong, and what comes then. */
export interface GuessPolicy {
  /** Wrong ones that cost nothing. */
  readonly free: number
  /** One of them is forgotten each time this has passed. */
  readonly forgetMs: number
  /** The wait after the first that is not free; each one more doubles it. */
  readonly firstWaitMs: number
  readonly maxWaitMs: number
}

/** What is known of a client that was wrong. */
interface Guesser {
  /** How often, less what is forgotten; as it was at `atMs`. */
  readonly failures: number
  readonly atMs: number
  /** Nothing of it is looked at before. */
  readonly untilMs: number
}

/** Clients remembered; the one that was wrong longest ago makes room. */
const MAX_CLIENTS = 10_000

/** Counts wrong guesses by client, and says how long the next one has to wait. Pure but for what it remembers. */
export class GuessLimits {
  readonly #clients = new Map<string, Guesser>()
  readonly #maxClients: number

  constructor(maxClients = MAX_CLIENTS) {
    this.#maxClients = maxClients
  }

  /** How many ms a client has still to wait; 0 where its next guess is looked at. */
  waitMs(client: string, { maxWaitMs }: GuessPolicy, nowMs: number): number {
    const left = (this.#clients.get(client)?.untilMs ?? 0) - nowMs
    // Longer than anybody is made to wait: the clock was set back.
    return left > 0 && left <= maxWaitMs ? left : 0
  }

  /** Notes a wrong guess. */
  failed(client: string, policy: GuessPolicy, nowMs: number): void {
    const failures = this.#failures(client, policy, nowMs) + 1
    const beyond = Math.ceil(failures - policy.free)
    const waitMs = beyond <= 0 ? 0 : Math.min(policy.maxWaitMs, policy.firstWaitMs * 2 ** (beyond - 1))
    // Anew at the end, so that the first in the map is the one to forget.
    this.#clients.delete(client)
    this.#clients.set(client, { failures, atMs: nowMs, untilMs: nowMs + waitMs })
    const [oldest] = this.#clients.size > this.#maxClients ? this.#clients.keys() : []
    if (oldest !== undefined) this.#clients.delete(oldest)
  }

  #failures(client: string, { forgetMs, free, firstWaitMs, maxWaitMs }: GuessPolicy, nowMs: number): number {
    const known = this.#clients.get(client)
    if (known === undefined) return 0
    const forgotten = Math.max(0, nowMs - known.atMs) / forgetMs
    // More would only take longer to forget, and wait no longer.
    const most = free + Math.log2(maxWaitMs / firstWaitMs) + 1
    return Math.max(0, Math.min(known.failures, most) - forgotten)
  }
}
