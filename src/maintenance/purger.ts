import { setImmediate as breathe } from 'node:timers/promises'
import type { Db } from '../store/db.ts'
import { type PurgePosition, purgeNext } from '../store/purge.ts'

export interface PurgerOptions {
  /** Receives the error that postponed a purge, once until a purge succeeds. */
  readonly onError: (error: unknown) => void
  /** How often to look for what other servers have left, in ms. */
  readonly everyMs: number
}

/**
 * Deletes the data of reset and deleted projects after these requests are answered. What is left when the process ends
 * or the database is unreachable is deleted later, by this server or another one on the database.
 */
export class Purger {
  readonly #db: Db
  readonly #options: PurgerOptions
  #isAsked = false
  #isStopped = false
  #isFailing = false
  #run: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(db: Db, options: PurgerOptions) {
    this.#db = db
    this.#options = options
  }

  /** Purges now, and looks from time to time for what is left. */
  start(): void {
    this.#timer = setInterval(() => this.kick(), this.#options.everyMs).unref()
    this.kick()
  }

  /** Starts a purge, or extends the one in progress. Returns at once. */
  kick(): void {
    this.#isAsked = true
    this.#run ??= this.#purge().finally(() => {
      this.#run = undefined
    })
  }

  /** Postpones the rest. Resolves when nothing is being deleted. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#run
  }

  async #purge(): Promise<void> {
    try {
      while (this.#isAsked && !this.#isStopped) {
        this.#isAsked = false
        await this.#purgeAll()
      }
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) this.#options.onError(error)
      this.#isFailing = true
    }
  }

  async #purgeAll(): Promise<void> {
    let at: PurgePosition | undefined
    do {
      at = await purgeNext(this.#db, at)
      await breathe()
    } while (at !== undefined && !this.#isStopped)
  }
}
