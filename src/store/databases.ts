import { type Db, openDatabase } from './db.ts'

/** Separate connection pools, so that slow statements on one do not delay those on another. */
export interface Databases {
  /** For ingestion and all other writes. */
  readonly db: Db
  /** For Mixpanel's queries and exports. */
  readonly queryDb: Db
  /** For the reads of our own API. */
  readonly twinDb: Db
  /** For short lookups: projects and credentials, arrivals, health checks. */
  readonly lookupDb: Db
}

/** Connections per pool; docs/operations.md documents the total per server. */
const CONNECTIONS = { db: 10, queryDb: 4, twinDb: 4, lookupDb: 3 } as const
/** For the read pools: the connections that one project may hold, and those reserved for projects that hold none. */
const SHARED = { maxPerReader: 2, spareConnections: 1 } as const
/** A read may wait for a connection as long as it may run. */
const MAX_READ_WAIT_MS = 60_000

/** A URL to open pools with before the address of their database is known; no host has this name. */
export const NOT_YET_KNOWN = 'postgres://not-yet-known.invalid'

/** Opens all pools; close each when done. In: a postgres:// URL, and a callback for idle connections that break. */
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

/** Gives pools that were opened with `NOT_YET_KNOWN` the URL of their database, before the first statement. */
export function connectTo(databases: Databases, connectionString: string): void {
  for (const { shared } of Object.values(databases) as readonly Db[]) {
    shared.raw.options.connectionString = connectionString
  }
}
