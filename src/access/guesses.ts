import { ALONE, type Broadcast, type Publish } from '../core/broadcast.ts'
import { networkOf } from '../core/geo/address.ts'
import { GuessLimits, type GuessPolicy } from './guess-limits.ts'
import { hashSecret } from './secrets.ts'

/** For the admin token: a person's typing mistakes are free; a guessing program gets one try per minute. */
const STRANGER: GuessPolicy = { free: 10, forgetMs: 60_000, firstWaitMs: 1_000, maxWaitMs: 60_000 }

/**
 * The same for an address that has used the right token before: an attacker there, or an old token in a dashboard, must
 * not lock its owner out. Ten tries per second do not find a token of 20 characters.
 */
const NEIGHBOUR: GuessPolicy = { free: 20, forgetMs: 100, firstWaitMs: 1_000, maxWaitMs: 1_000 }

/**
 * For secrets and service accounts: they are 128 random bits, which cannot be guessed, so this only limits useless
 * database queries. A test suite that sends wrong ones on purpose stays far below.
 */
const SECRETS: GuessPolicy = { free: 200, forgetMs: 100, firstWaitMs: 1_000, maxWaitMs: 4_000 }

/** How long right credentials are remembered. */
const RIGHT_FOR_MS = 86_400_000
/** Addresses and credentials remembered as right. */
const MAX_RIGHT = 10_000

/** What was found out about credentials; secrets by the hash that `keyOf` makes. */
interface Shown {
  readonly address: string
  /** Undefined for an admin token. */
  readonly secret: string | undefined
  readonly isRight: boolean
  readonly nowMs: number
}

/**
 * Delays clients that send wrong credentials, by address (a /64 with IPv6), in the memory of the server's processes, which
 * tell each other. Every check of credentials asks first and reports afterwards. Times are ms since the epoch, waits whole seconds, as in Retry-After.
 */
export class Guesses {
  readonly #tokens = new GuessLimits()
  readonly #secrets = new GuessLimits()
  readonly #owners = new Recent()
  readonly #known = new Recent()
  readonly #publish: Publish<Shown>

  constructor(broadcast: Broadcast = ALONE) {
    this.#publish = broadcast.join('guesses', (shown) => this.#note(shown))
  }

  /** Seconds that an address must wait before an admin token from it is checked; undefined for none. */
  waitForToken(address: string, nowMs: number): number | undefined {
    const client = networkOf(address)
    return inSeconds(this.#tokens.waitMs(client, this.#policyOf(client, nowMs), nowMs))
  }

  /** Records that an address sent the admin token, or a wrong one. A right one does not clear earlier wrong ones. */
  tokenShown(address: string, isRight: boolean, nowMs: number): void {
    const isKnown = isRight && this.#owners.has(networkOf(address), nowMs)
    this.#show({ address, secret: undefined, isRight, nowMs }, isKnown)
  }

  /**
   * The same for a project's secret or a service account. Credentials that were right recently are checked without
   * delay, from any address: they are not guesses.
   */
  waitForSecret(address: string, credentials: Secret, nowMs: number): number | undefined {
    const waitMs = this.#secrets.waitMs(networkOf(address), SECRETS, nowMs)
    return waitMs > 0 && this.#known.has(keyOf(credentials), nowMs) ? undefined : inSeconds(waitMs)
  }

  /** Records that an address sent valid credentials, or invalid ones. */
  secretShown(address: string, credentials: Secret, isRight: boolean, nowMs: number): void {
    const secret = keyOf(credentials)
    this.#show({ address, secret, isRight, nowMs }, isRight && this.#known.has(secret, nowMs))
  }

  #show(shown: Shown, isKnown: boolean): void {
    this.#note(shown)
    // What was right before tells the others nothing, and is most of what is shown.
    if (!isKnown) void this.#publish(shown)
  }

  #note({ address, secret, isRight, nowMs }: Shown): void {
    const client = networkOf(address)
    if (secret === undefined) {
      if (isRight) this.#owners.add(client, nowMs)
      else this.#tokens.failed(client, this.#policyOf(client, nowMs), nowMs)
    } else if (isRight) this.#known.add(secret, nowMs)
    else {
      this.#known.delete(secret)
      this.#secrets.failed(client, SECRETS, nowMs)
    }
  }

  #policyOf(client: string, nowMs: number): GuessPolicy {
    return this.#owners.has(client, nowMs) ? NEIGHBOUR : STRANGER
  }
}

/** The credentials of HTTP Basic. */
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

/** A bounded set of recently right keys; the least recently used is dropped. */
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
