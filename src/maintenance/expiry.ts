import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../store/db.ts'
import type { Key } from '../store/delete-by-key.ts'
import { deleteExpired, listRetentions } from '../store/retention.ts'

/** After each chunk, as long as it takes: ingestion and queries need the disk more. */
const PAUSE_MS = 50

export interface ExpiryOptions {
  readonly db: Db
  /** The server's time, in ms since the epoch. Not a project's: moving its clock must not delete anything. */
  readonly clock: () => number
  /** How often to look for expired events, in ms. */
  readonly everyMs: number
  /** Receives the error that postponed a deletion. */
  readonly onError: (error: unknown) => void
}

/** Deletes events that are older than the retention of their project (IMP-21), from time to time, a chunk at a time. */
export class Expiry {
  readonly #options: ExpiryOptions
  #isStopped = false
  #run: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: ExpiryOptions) {
    this.#options = options
  }

  /** Looks from time to time, and not at once: a setting that was a mistake can be taken back. */
  start(): void {
    const look = () => {
      this.#run ??= this.#deleteAll().finally(() => {
        this.#run = undefined
      })
    }
    this.#timer = setInterval(look, this.#options.everyMs).unref()
  }

  /** Postpones the rest. Resolves when nothing is being deleted. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#run
  }

  async #deleteAll(): Promise<void> {
    const { db, clock, onError } = this.#options
    try {
      for (const retention of await listRetentions(db)) {
        let last: Key | undefined
        do {
          last = await deleteExpired(db, retention, clock(), last)
          await sleep(PAUSE_MS)
        } while (last !== undefined && !this.#isStopped)
      }
    } catch (error) {
      onError(error)
    }
  }
}
