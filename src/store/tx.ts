import { setTimeout as sleep } from 'node:timers/promises'
import { classifyStoreError } from './errors.ts'

/** Tries and waits of the one retry loop: a conflict is over in milliseconds, or it is no mere conflict. */
const MAX_TRIES = 6
const FIRST_WAIT_MS = 4

/**
 * Runs one transaction, and again where another was in its way (40001, 40P01, 55P03), with doubling waits
 * and jitter. `run` must be a whole transaction. Errors: the last one is thrown.
 */
export async function withRetry<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (attempt === MAX_TRIES || classifyStoreError(error) !== 'conflict') throw error
      await sleep(FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random()))
    }
  }
}
