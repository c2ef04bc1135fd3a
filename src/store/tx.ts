import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Db } from './db.ts'
import { classifyStoreError } from './errors.ts'

/** Tries, waits and the budget of the one retry loop: a conflict is over in milliseconds, or is no mere conflict. */
const MAX_TRIES = 6
const FIRST_WAIT_MS = 4
const BUDGET_MS = 15_000

/** How a transaction begins and ends. */
export interface TxOptions<T> {
  /** `begin`, with the settings that hold until the end. */
  readonly begin?: string
  /** False of a result whose writes are not to stay; by default all stay. */
  readonly keeps?: (result: T) => boolean
}

/**
 * Runs a transaction on a connection of its own. For those that must be fast, or see the connection: others use
 * kysely's. Errors: those of `run`, and nothing is kept; those of the database are thrown.
 */
export async function inTransaction<T>(
  db: Db,
  run: (client: pg.PoolClient) => Promise<T>,
  { begin = 'begin', keeps = () => true }: TxOptions<T> = {},
): Promise<T> {
  const client = await db.pool.connect()
  let broken: Error | undefined
  try {
    await client.query(begin)
    const result = await run(client)
    await client.query(keeps(result) ? 'commit' : 'rollback')
    return result
  } catch (error) {
    // A connection that cannot even roll back is not given back to the pool.
    await client.query('rollback').catch((reason: Error) => {
      broken = reason
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/**
 * Runs one transaction, and again where another was in its way (40001, 40P01, 55P03), with doubling waits
 * and jitter, until the tries or the time from the first conflict on are used up. `run` must be a whole
 * transaction; `onRetry` is called on each conflict. Errors: the last one is thrown.
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
