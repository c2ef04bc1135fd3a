import { setImmediate as breathe } from 'node:timers/promises'
import type { Db } from '../store/db.ts'
import { purgeNext } from '../store/purge.ts'

/**
 * Deletes the data of reset and deleted projects after these requests are answered. What is left when the process ends
 * or the database is unreachable is deleted after the next reset or start.
 */
export class Purger {
  readonly #db: Db
  readonly #onError: (error: unknown) => void
  #isAsked = false
  #isStopped = false
  #run: Promise<void> | undefined

  /** `onError` receives the error that postponed a purge. */
  constructor(db: Db, onError: (error: unknown) => void) {
    this.#db = db
    this.#onError = onError
  }

  /** Starts a purge, or extends the one in progress. Returns at once. */
  kick(): void {
    this.#isAsked = true
    this.#run ??= this.#purge().finally(() => {
      this.#run = undefined
    })
  }

  /** Resolves when the purge in progress has ended. */
  async flush(): Promise<void> {
    await this.#run
  }

  /** Postpones the rest. Resolves when nothing is being deleted. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#run
  }

  async #purge(): Promise<void> {
    try {
      while (this.#isAsked && !this.#isStopped) {
        this.#isAsked = false
        while (!this.#isStopped && (await purgeNext(this.#db))) await breathe()
      }
    } catch (error) {
      this.#onError(error)
    }
  }
}
