import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Schema } from './schema.ts'

/** A pool of connections: `kysely` for most statements, `pool` for those that must stay prepared. */
export interface Db {
  readonly kysely: Kysely<Schema>
  readonly pool: pg.Pool
}

/** A pool, or the one connection that a transaction runs on. */
export type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>

/** How to reach the database. */
export interface DatabaseOptions {
  /** A postgres:// URL. */
  readonly connectionString: string
  readonly maxConnections: number
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly onIdleError?: (error: Error) => void
}

/** No statement of ours waits longer, in ms; a batch of 2,000 events takes some 30. */
const STATEMENT_TIMEOUT_MS = 60_000
const LOCK_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 5_000

/** Opens a pool. Connects when the first statement comes; never throws. */
export function openDatabase(options: DatabaseOptions): Db {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.maxConnections,
    application_name: 'twinpanel',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  })
  pool.on('error', (error) => options.onIdleError?.(error))
  // A connection that breaks in the middle of a transaction fails its statement, or the next; without anybody who
  // listens it would end the process too.
  pool.on('connect', (client) => client.on('error', () => {}))
  return { pool, kysely: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }) }
}

/** Waits for what is running and closes every connection. */
export async function closeDatabase(db: Db): Promise<void> {
  await db.kysely.destroy()
}

/** True when the database answers. */
export async function isReachable(db: Db): Promise<boolean> {
  try {
    await db.pool.query('select 1')
    return true
  } catch {
    return false
  }
}
