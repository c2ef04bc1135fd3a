import { setImmediate as breathe } from 'node:timers/promises'
import type { Db } from '../store/db.ts'
import { purgeNext } from '../store/purge.ts'

/**
 * Deletes, after the answer, what resets and deletions have given up. What is left when the process ends, or when
 * the database is away, is deleted after the next reset or start.
 */
export class Purger {
  readonly #db: Db
  readonly #onFailure: (error: unknown) => void
  #isAsked = false
  #isStopped = false
  #run: Promise<void> | undefined

  /** `onFailure` is told why a purge was put off. */
  constructor(db: Db, onFailure: (error: unknown) => void) {
    this.#db = db
    this.#onFailure = onFailure
  }

  /** There is something to delete. Returns at once. */
  kick(): void {
    this.#isAsked = true
    this.#run ??= this.#purge().finally(() => {
      this.#run = undefined
    })
  }

  /** Resolves when all that was given up has been deleted. */
  async flush(): Promise<void> {
    await this.#run
  }

  /** Puts the rest off, and resolves when nothing is being deleted. */
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
      this.#onFailure(error)
    }
  }
}
