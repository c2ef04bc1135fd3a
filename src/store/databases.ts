import { type Db, openDatabase } from './db.ts'

/** The ways to the database, each with connections of its own: what is slow on one holds up no other. */
export interface Databases {
  /** Ingestion, and whatever else writes. */
  readonly db: Db
  /** Mixpanel's queries and exports. */
  readonly queryDb: Db
  /** What our own API reads of projects. */
  readonly twinDb: Db
  /** Short look-ups: which project is meant, by whom, what has come, whether the database is there. */
  readonly lookupDb: Db
}

/** Connections of each; docs/operations.md tells how many a server may take. */
const CONNECTIONS = { db: 10, queryDb: 4, twinDb: 4, lookupDb: 3 } as const
/** Of those for reads, what one project may hold at once, and what is left to projects that hold none. */
const SHARED = { maxPerReader: 2, spareConnections: 1 } as const
/** A question may wait for those before it as long as it may take itself. */
const MAX_READ_WAIT_MS = 60_000

/** Opens all of them. In: a postgres:// URL, and what is called when an idle connection breaks. Close each when done. */
export function openDatabases(connectionString: string, onIdleError?: (error: Error) => void): Databases {
  const common = { connectionString, ...(onIdleError && { onIdleError }) }
  const lookupDb = openDatabase({ ...common, ...SHARED, maxConnections: CONNECTIONS.lookupDb })
  const reads = { ...common, ...SHARED, maxWaitMs: MAX_READ_WAIT_MS, cancelBy: lookupDb }
  return {
    db: openDatabase({ ...common, maxConnections: CONNECTIONS.db }),
    queryDb: openDatabase({ ...reads, maxConnections: CONNECTIONS.queryDb }),
    twinDb: openDatabase({ ...reads, maxConnections: CONNECTIONS.twinDb }),
    lookupDb,
  }
}
