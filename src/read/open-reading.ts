import { setTimeout as sleep } from 'node:timers/promises'
import type { Databases } from '../store/databases.ts'
import { type Db, isReachable, readerOf } from '../store/db.ts'
import { type Readers, readersOf } from './readers.ts'
import { Watcher, type WatcherDeps } from './stream/watcher.ts'

/** Health checks commonly give up after a second. */
const ANSWER_LIMIT_MS = 800

/** Databases default to `db`. */
interface ReadingDeps extends Partial<Databases>, Pick<WatcherDeps, 'clock' | 'closing' | 'onFailure'> {
  readonly db: Db
}

/** Opens the reading side: connections shared among readers, and the watcher. */
export function openReading(deps: ReadingDeps) {
  const { db, queryDb = db, twinDb = db, lookupDb = db } = deps
  const twinReads = readersOf(twinDb)
  const ready = readerOf(lookupDb, 'ready')
  // Requests for flags must not wait for the exports of their project.
  const flagReads: Readers = ({ publicId } = { publicId: 0 }, gone) =>
    readerOf(queryDb, `flags of ${publicId}`, gone)
  let asking: Promise<boolean> | undefined
  const ask = () => {
    asking ??= isReachable(ready).finally(() => {
      asking = undefined
    })
    return asking
  }
  return {
    lookupDb,
    /** For Mixpanel's queries and exports. */
    reads: readersOf(queryDb),
    flagReads,
    /** For our own API. */
    twinReads,
    /** Whether the database answers in time. Anybody may ask, so concurrent requests share one answer. */
    isReachable: () => Promise.race([ask(), sleep(ANSWER_LIMIT_MS, false, { ref: false })]),
    watcher: new Watcher({
      ...deps,
      db: readerOf(lookupDb, 'watcher'),
      resolvingDb: readerOf(twinDb, 'settling'),
      reads: twinReads,
    }),
    pools: poolsOf({ ingest: db, query: queryDb, twin: twinDb, lookup: lookupDb }),
  }
}

/** Each pool once, by its purpose. */
function poolsOf(dbs: Readonly<Record<string, Db>>) {
  const named = Object.entries(dbs).map(([name, { shared }]) => [shared, name] as const)
  return Object.fromEntries(named.filter(isFirst).map(([shared, name]) => [name, shared]))
}

function isFirst(
  [shared]: readonly [Db['shared'], string],
  at: number,
  all: readonly (readonly [Db['shared'], string])[],
) {
  return all.findIndex(([other]) => other === shared) === at
}
