import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import type pg from 'pg'
import type { Db } from './db.ts'
import { classifyStoreError } from './errors.ts'
import type { Schema } from './schema.ts'

/** Limits of the retry loop: a conflict that does not resolve within milliseconds is a different problem. */
const MAX_TRIES = 6
const FIRST_WAIT_MS = 4
const BUDGET_MS = 15_000

/** Limits of every transaction, so that nothing waits long for what it holds. */
const LIMITS = {
  lock_timeout: '5s',
  statement_timeout: '20s',
  idle_in_transaction_session_timeout: '20s',
}
const SET_LIMITS = Object.entries(LIMITS)
  .map(([name, value]) => `set local ${name} = '${value}'`)
  .join('; ')
const BEGIN = `begin; ${SET_LIMITS}`

export interface TxOptions<T> {
  /** Settings for the transaction besides LIMITS: `set local` statements. */
  readonly settings?: string
  /** Whether to commit, given the result; by default always. */
  readonly keeps?: (result: T) => boolean
}

/**
 * Runs a transaction on one connection, for transactions that must be fast or need the connection; others use
 * inKyselyTransaction.
 * Errors: those of `run`, after a rollback; those of the database are thrown.
 */
export async function inTransaction<T>(
  db: Db,
  run: (client: pg.PoolClient) => Promise<T>,
  { settings, keeps = () => true }: TxOptions<T> = {},
): Promise<T> {
  const client = await db.pool.connect()
  let broken: Error | undefined
  try {
    await client.query(settings === undefined ? BEGIN : `${BEGIN}; ${settings}`)
    const result = await run(client)
    await client.query(keeps(result) ? 'commit' : 'rollback')
    return result
  } catch (error) {
    // A connection that cannot roll back is not returned to the pool.
    await client.query('rollback').catch((reason: Error) => {
      broken = reason
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/** Runs a transaction whose statements Kysely builds. Errors: as of inTransaction. */
export async function inKyselyTransaction<T>(
  db: Db,
  run: (tx: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  return await db.kysely.transaction().execute(async (tx) => {
    await sql.raw(SET_LIMITS).execute(tx)
    return await run(tx)
  })
}

/**
 * Runs a transaction, and retries it after conflicts with others (40001, 40P01, 55P03) with exponential backoff and
 * jitter, until the tries or the time since the first conflict are used up. `run` must be a whole transaction; `onRetry`
 * is called before each retry. Errors: the last one is thrown.
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
