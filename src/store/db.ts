import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Schema } from './schema.ts'
import { type Connections, SharedPool } from './shared-pool.ts'
import type { SilentConnections } from './silent-connections.ts'

/** Access to the database: `kysely` for most statements, `pool` for those that must stay prepared. */
export interface Db {
  readonly kysely: Kysely<Schema>
  readonly pool: Connections
  /** The same object for all readers of one pool, so that it can be the key of a cache per database. */
  readonly shared: SharedPool
}

/** A pool, or the connection of a transaction. */
export type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>

export interface DatabaseOptions {
  /** A postgres:// URL. */
  readonly connectionString: string
  readonly maxConnections: number
  /** Connections that one reader (see readerOf) may hold at once; by default all. */
  readonly maxPerReader?: number
  /** Connections reserved for readers that hold none; by default none. */
  readonly spareConnections?: number
  /** How long a reader waits for its first connection before it fails with StoreBusy, in ms. */
  readonly maxWaitMs?: number
  /** How long a statement waits for a lock before it fails, in ms. */
  readonly lockTimeoutMs?: number
  /** Cancels the statements of readers that have gone; by default these run to their end. */
  readonly cancelBy?: Db
  /** Called when an idle connection breaks; the pool replaces it. */
  readonly onIdleError?: (error: Error) => void
  /** Breaks connections that have fallen silent; by default their statements wait for ever. */
  readonly silent?: SilentConnections
}

/** Limits per statement, in ms; a batch of 2,000 events takes about 30. */
const STATEMENT_TIMEOUT_MS = 60_000
const LOCK_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 5_000
/** The default of `maxWaitMs`, for short statements; connecting normally takes less. */
const MAX_WAIT_MS = 5_000

/** Opens a pool. It connects at the first statement; never throws. */
export function openDatabase(options: DatabaseOptions): Db {
  const raw = new pg.Pool({
    connectionString: options.connectionString,
    max: options.maxConnections,
    application_name: 'twinpanel',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    // Compiling a statement takes longer than running it, and Postgres decides on it by estimates.
    options: '-c jit=off',
  })
  raw.on('error', (error) => options.onIdleError?.(error))
  // If a connection breaks during a transaction, its current or next statement fails. Without a listener the error
  // would also end the process.
  raw.on('connect', (client) => client.on('error', () => {}))
  raw.on('connect', (client) => options.silent?.watch(client))
  const shared = new SharedPool(raw, {
    maxPerReader: options.maxPerReader,
    spare: options.spareConnections,
    maxWaitMs: options.maxWaitMs ?? MAX_WAIT_MS,
    cancelBy: options.cancelBy?.pool,
    isSuspect: (client) => options.silent?.isSuspect(client) === true,
  })
  return toDb(shared, shared.for(''))
}

/**
 * A view of a pool for one reader: readers share it fairly, so that none can starve another. In: the reader's name;
 * `gone` is aborted when the result is no longer needed, which cancels the reader's statements; `isBulk` for an export,
 * which lets the reader's other statements pass. It need not be closed.
 * Errors of its statements, besides those of the database: StoreBusy, ReaderGone.
 */
export function readerOf({ shared }: Db, name: string, gone?: AbortSignal, isBulk?: boolean): Db {
  return toDb(shared, shared.for(name, gone, isBulk))
}

function toDb(shared: SharedPool, pool: Connections): Db {
  const { raw } = shared
  const ofDialect = { connect: () => pool.connect(), end: () => raw.end(), options: raw.options }
  return { pool, shared, kysely: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: ofDialect }) }) }
}

/** Waits for running statements and closes every connection. */
export async function closeDatabase(db: Db): Promise<void> {
  await db.shared.raw.end()
}

const PING = 'select 1'

export async function isReachable(db: Db): Promise<boolean> {
  try {
    await db.pool.query(PING)
    return true
  } catch {
    return false
  }
}
