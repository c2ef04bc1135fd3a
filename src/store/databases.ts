import { type Db, openDatabase } from './db.ts'
import { SilentConnections } from './silent-connections.ts'

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

/** How to watch the connections. */
interface Watching {
  /** Called when an idle connection breaks, and when connections have fallen silent. */
  readonly onLost: (error: Error) => void
  /** A clock that never goes back, in ms. */
  readonly now: () => number
}

/** Opens all pools; close each when done. In: a postgres:// URL. */
export function openDatabases(connectionString: string, { onLost, now }: Watching): Databases {
  const silent = new SilentConnections(connectionString, now, (count) =>
    onLost(new Error(`${count} connections had fallen silent, and were given up`)),
  )
  const common = { connectionString, silent, onIdleError: onLost }
  const lookupDb = openDatabase({ ...common, ...SHARED, maxConnections: CONNECTIONS.lookupDb })
  const reads = { ...common, ...SHARED, maxWaitMs: MAX_READ_WAIT_MS, cancelBy: lookupDb }
  return {
    db: openDatabase({ ...common, maxConnections: CONNECTIONS.db }),
    queryDb: openDatabase({ ...reads, maxConnections: CONNECTIONS.queryDb }),
    twinDb: openDatabase({ ...reads, maxConnections: CONNECTIONS.twinDb }),
    lookupDb,
  }
}
