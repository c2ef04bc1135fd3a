import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Schema } from './schema.ts'
import { type Connections, SharedPool } from './shared-pool.ts'

/** The way to the database: `kysely` for most statements, `pool` for those that must stay prepared. */
export interface Db {
  readonly kysely: Kysely<Schema>
  readonly pool: Connections
  /** The same for all readers of one pool: what is remembered of its database is remembered by it. */
  readonly shared: SharedPool
}

/** A pool, or the one connection that a transaction runs on. */
export type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>

/** How to reach the database. */
export interface DatabaseOptions {
  /** A postgres:// URL. */
  readonly connectionString: string
  readonly maxConnections: number
  /** Connections that one reader (see readerOf) may hold at once; all of them unless given. */
  readonly maxPerReader?: number
  /** Connections that are left to readers who hold none; none unless given. */
  readonly spareConnections?: number
  /** How long a reader waits for its first connection before it fails with StoreBusy, in ms. */
  readonly maxWaitMs?: number
  /** By which statements are cancelled whose reader has gone; they run to their end unless given. */
  readonly cancelBy?: Db
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly onIdleError?: (error: Error) => void
}

/** No statement of ours waits longer, in ms; a batch of 2,000 events takes some 30. */
const STATEMENT_TIMEOUT_MS = 60_000
const LOCK_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 5_000
/** Of short statements; longer than it takes to connect. */
const MAX_WAIT_MS = 5_000

/** Opens a pool. Connects when the first statement comes; never throws. */
export function openDatabase(options: DatabaseOptions): Db {
  const raw = new pg.Pool({
    connectionString: options.connectionString,
    max: options.maxConnections,
    application_name: 'twinpanel',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
  })
  raw.on('error', (error) => options.onIdleError?.(error))
  // A connection that breaks in the middle of a transaction fails its statement, or the next; without anybody who
  // listens it would end the process too.
  raw.on('connect', (client) => client.on('error', () => {}))
  const shared = new SharedPool(raw, {
    maxPerReader: options.maxPerReader,
    spare: options.spareConnections,
    maxWaitMs: options.maxWaitMs ?? MAX_WAIT_MS,
    cancelBy: options.cancelBy?.pool,
  })
  return wayBy(shared, shared.for(''))
}

/**
 * A pool as one of its readers has it: readers share it fairly, so that none can shut another out. In: whose statements
 * they are; `gone` is aborted when nobody waits for them any more: then they are given up. It need not be closed.
 * Errors of its statements, beside those of the database: StoreBusy, ReaderGone.
 */
export function readerOf({ shared }: Db, name: string, gone?: AbortSignal): Db {
  return wayBy(shared, shared.for(name, gone))
}

function wayBy(shared: SharedPool, pool: Connections): Db {
  const { raw } = shared
  const ofDialect = { connect: () => pool.connect(), end: () => raw.end(), options: raw.options }
  return { pool, shared, kysely: new Kysely<Schema>({ dialect: new PostgresDialect({ pool: ofDialect }) }) }
}

/** Waits for what is running and closes every connection. */
export async function closeDatabase(db: Db): Promise<void> {
  await db.shared.raw.end()
}

const PING = 'select 1'

/** True when the database answers. */
export async function isReachable(db: Db): Promise<boolean> {
  try {
    await db.pool.query(PING)
    return true
  } catch {
    return false
  }
}
