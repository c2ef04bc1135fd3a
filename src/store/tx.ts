import { setTimeout as sleep } from 'node:timers/promises'
import { classifyStoreError } from './errors.ts'

/** Tries, waits and the budget of the one retry loop: a conflict is over in milliseconds, or is no mere conflict. */
const MAX_TRIES = 6
const FIRST_WAIT_MS = 4
const BUDGET_MS = 15_000

/**
 * Runs one transaction, and again where another was in its way (40001, 40P01, 55P03), with doubling waits
 * and jitter, until the tries or the time from the first conflict on are used up. `run` must be a whole
 * transaction; `onRetry` is told of each conflict. Errors: the last one is thrown.
 */
export async function withRetry<T>(run: () => Promise<T>, onRetry: (error: unknown) => void): Promise<T> {
  let budget: AbortSignal | undefined
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (error) {
      if (classifyStoreError(error) !== 'conflict') throw error
      budget ??= AbortSignal.timeout(BUDGET_MS)
      if (attempt === MAX_TRIES || budget.aborted) throw error
      onRetry(error)
      await sleep(FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random()))
    }
  }
}
