import { networkOf } from '../core/geo/address.ts'
import { GuessLimits, type GuessPolicy } from './guess-limits.ts'
import { hashSecret } from './secrets.ts'

/** Of the admin token: what a person mistypes is free, a program that guesses gets one try a minute. */
const STRANGER: GuessPolicy = { free: 10, forgetMs: 60_000, firstWaitMs: 1_000, maxWaitMs: 60_000 }

/**
 * The same from an address that has shown the right one: whoever guesses behind it, or has an old token in a
 * dashboard, must not keep its owner out. Ten tries a second find no token of 20 characters.
 */
const NEIGHBOUR: GuessPolicy = { free: 20, forgetMs: 100, firstWaitMs: 1_000, maxWaitMs: 1_000 }

/**
 * Of secrets and service accounts: they are 128 random bits, which nobody guesses, so this bounds only how often the
 * database is asked in vain. A test suite that is wrong on purpose stays far below.
 */
const SECRETS: GuessPolicy = { free: 200, forgetMs: 100, firstWaitMs: 1_000, maxWaitMs: 4_000 }

/** How long it is remembered what was right. */
const RIGHT_FOR_MS = 86_400_000
/** Addresses, and credentials, that are remembered as right. */
const MAX_RIGHT = 10_000

/**
 * Makes those wait who show wrong credentials, by address (the network of 64 bits with IPv6), in the memory of this
 * process. Every place that checks credentials asks first and tells afterwards. Times are ms since the epoch, waits are
 * whole seconds, as Retry-After wants them.
 */
export class Guesses {
  readonly #tokens = new GuessLimits()
  readonly #secrets = new GuessLimits()
  readonly #owners = new Recent()
  readonly #known = new Recent()

  /** Seconds that an address has to wait before an admin token that it shows is looked at; undefined for none. */
  waitForToken(address: string, nowMs: number): number | undefined {
    const client = networkOf(address)
    return inSeconds(this.#tokens.waitMs(client, this.#policyOf(client, nowMs), nowMs))
  }

  /** Notes that an address has shown the admin token, or one that it is not. A right one excuses no wrong ones. */
  tokenShown(address: string, isRight: boolean, nowMs: number): void {
    const client = networkOf(address)
    if (isRight) this.#owners.add(client, nowMs)
    else this.#tokens.failed(client, this.#policyOf(client, nowMs), nowMs)
  }

  /**
   * The same for a project's secret, or a service account. Credentials that were right lately are looked at even then,
   * wherever they come from: nobody has guessed them.
   */
  waitForSecret(address: string, credentials: Secret, nowMs: number): number | undefined {
    const waitMs = this.#secrets.waitMs(networkOf(address), SECRETS, nowMs)
    return waitMs > 0 && this.#known.has(keyOf(credentials), nowMs) ? undefined : inSeconds(waitMs)
  }

  /** Notes that an address has shown credentials that open something, or that do not. */
  secretShown(address: string, credentials: Secret, isRight: boolean, nowMs: number): void {
    const key = keyOf(credentials)
    if (isRight) {
      this.#known.add(key, nowMs)
      return
    }
    this.#known.delete(key)
    this.#secrets.failed(networkOf(address), SECRETS, nowMs)
  }

  #policyOf(client: string, nowMs: number): GuessPolicy {
    return this.#owners.has(client, nowMs) ? NEIGHBOUR : STRANGER
  }
}

/** What HTTP's Basic shows. */
interface Secret {
  readonly username: string
  readonly password: string
}

function keyOf({ username, password }: Secret): string {
  return Buffer.from(hashSecret(JSON.stringify([username, password]))).toString('base64')
}

function inSeconds(waitMs: number): number | undefined {
  return waitMs === 0 ? undefined : Math.ceil(waitMs / 1_000)
}

/** Remembers what was right lately; the longest unused makes room. */
class Recent {
  readonly #atMs = new Map<string, number>()

  add(key: string, nowMs: number): void {
    this.#atMs.delete(key)
    this.#atMs.set(key, nowMs)
    const [oldest] = this.#atMs.size > MAX_RIGHT ? this.#atMs.keys() : []
    if (oldest !== undefined) this.#atMs.delete(oldest)
  }

  delete(key: string): void {
    this.#atMs.delete(key)
  }

  has(key: string, nowMs: number): boolean {
    const atMs = this.#atMs.get(key)
    return atMs !== undefined && nowMs - atMs < RIGHT_FOR_MS
  }
}
