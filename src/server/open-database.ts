import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { DiskSpace } from '../embedded-postgres/disk-space.ts'
import type { Contents } from '../embedded-postgres/template.ts'
import {
  codeOf,
  EARLIER_DATABASE,
  explainDatabaseError,
  isConfiguration,
  type StartError,
} from '../start-error.ts'
import type { Databases } from '../store/databases.ts'
import type { ServerModules } from './load-server.ts'
import type { Part, Startup } from './startup.ts'

const disconnectLimitMs = 2_000
/** How much later than Postgres the server may get the same signal. */
const ownSignalMs = 500
/** There was room by our count, and not enough for Postgres. */
const NEXT_TRY_MS = 1_000

/** What a start of the embedded Postgres is observed with. */
interface Connecting {
  readonly disk: DiskSpace | undefined
  /** Called when there is nothing to do but wait for Postgres. */
  readonly onWaiting: () => void
  /** Called when Postgres has been started again, with its new URL. */
  readonly onRestart: (connectionString: string) => void
}

/** The URL of the database: the configured one, or that of the embedded Postgres, which is started. */
export async function connect(startup: Startup, connecting: Connecting): Promise<Result<string, StartError>> {
  const databaseUrl = startup.connectionString ?? startup.config.databaseUrl
  return databaseUrl === undefined ? await startPostgres(startup, connecting) : ok(databaseUrl)
}

/** What a start that waits for room on the disk is observed with. */
interface Room {
  readonly startup: Startup
  readonly disk: DiskSpace | undefined
  /** Called when it begins to wait. */
  readonly onShort: () => void
}

/** Tries a step of the start until the disk has room for it, if the start waits for that. */
export async function untilThereIsRoom<T>(
  { startup, disk, onShort }: Room,
  step: () => Promise<Result<T, StartError>>,
): Promise<Result<T, StartError>> {
  const { signal } = startup.stopping
  let done = await step()
  if (disk === undefined || startup.waitsForRoom !== true) return done
  while (!done.ok && done.error.code === 'disk_full') {
    onShort()
    const release = await disk.hold()
    try {
      await delay(NEXT_TRY_MS, undefined, { ref: false, signal }).catch(() => undefined)
      if (!(await disk.untilRoom(signal))) return done
      done = await step()
    } finally {
      await release()
    }
  }
  return done
}

async function startPostgres(
  startup: Startup,
  { disk, onWaiting, onRestart }: Connecting,
): Promise<Result<string, StartError>> {
  const { config, log, parts, stopping, isEphemeral } = startup
  // Loaded only if DATABASE_URL is not set.
  const { startEmbeddedPostgres } = await import('../embedded-postgres/start.ts')
  const { connectionSettings, throwawaySettings } = await import('../embedded-postgres/settings.ts')
  const started = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log,
    signal: stopping.signal,
    onWaiting,
    settings: connectionSettings(startup.processes ?? 1),
    ...(disk === undefined ? {} : { disk: { space: disk, onRestart } }),
    ...(isEphemeral ? { isEphemeral, settings: throwawaySettings, contents: await schemaContents() } : {}),
  })
  if (!started.ok) return started
  const postgres = started.value
  let wanted = true
  parts.push({
    name: 'Postgres',
    stop: () => {
      wanted = false
      return postgres.stop()
    },
  })
  startup.onPostgres?.(postgres)
  void postgres.exited.then((output) => {
    if (wanted) stopping.abort(`Postgres has stopped unexpectedly, so Twinpanel stops too:\n${output}`)
  })
  // A program that stops all processes sends the server a SIGTERM as well, which is not a failure.
  void postgres.askedToStop
    .then(() => delay(ownSignalMs, undefined, { ref: false }))
    .then(() => {
      if (wanted) stopping.abort('Postgres has been sent SIGTERM by another program, so Twinpanel stops too.')
    })
  return ok(postgres.connectionString)
}

/** The tables, which an ephemeral database gets by a copy where it can. */
async function schemaContents(): Promise<Contents> {
  const { readMigrationFiles } = await import('../store/migration-files.ts')
  return {
    key: JSON.stringify(await readMigrationFiles()),
    prepare: async (connectionString) => {
      const [{ openDatabase, closeDatabase }, { migrateToLatest }] = await Promise.all([
        import('../store/db.ts'),
        import('../store/migrate.ts'),
      ])
      const db = openDatabase({ connectionString, maxConnections: 1 })
      await migrateToLatest(db).finally(() => closeDatabase(db))
    },
  }
}

/** Opens the pools, which connect at the first statement. Out: they, and the part that closes them. */
export function openPools(
  { log }: Startup,
  { openDatabases, closeDatabase, NOT_YET_KNOWN }: ServerModules,
): { readonly databases: Databases; readonly part: Part } {
  let wanted = true
  const databases = openDatabases(NOT_YET_KNOWN, {
    onLost: (error) => {
      if (wanted) log.warn({ err: error }, 'a database connection was lost')
    },
    now: () => performance.now(),
  })
  const stop = () => {
    // Closed pools may still be saying goodbye when Postgres is stopped.
    wanted = false
    const closed = Promise.all(Object.values(databases).map((db) => closeDatabase(db)))
    return Promise.race([closed, delay(disconnectLimitMs, undefined, { ref: false })])
  }
  return { databases, part: { name: 'database', stop } }
}

/** Postgres' code of a statement that needs more disk space than there is. */
const DISK_FULL = '53100'

const SLOW_RECOVERY =
  'what a lost worker of Citus had to commit is missing until so long after it is back: grant execute on function ' +
  'recover_prepared_transactions() to the user of DATABASE_URL, or set citus.recover_2pc_interval to 1s on the coordinator'

/** Connects the pools to their database, and migrates it. */
export async function migrate(
  { config, log }: Startup,
  { modules, databases }: { readonly modules: ServerModules; readonly databases: Databases },
  connectionString: string,
): Promise<Result<void, StartError>> {
  const { connectTo, isFromBeforeRelease, migrateToLatest, findSlowRecovery } = modules
  connectTo(databases, connectionString)
  try {
    if (await isFromBeforeRelease(databases.db)) {
      return err({ code: 'made_before_release', message: await explainEarlierData(config) })
    }
    await migrateToLatest(databases.db, (migration, seconds) =>
      log.info({ migration, seconds }, 'the database is being migrated; a large one takes its time'),
    )
    const recovery = await findSlowRecovery(databases.db)
    if (recovery !== undefined) log.warn({ recover_2pc_interval: recovery }, SLOW_RECOVERY)
    return ok(undefined)
  } catch (error) {
    log.debug({ err: error }, 'the database could not be prepared')
    if (codeOf(error) === DISK_FULL) return err({ code: 'disk_full', message: explainDatabaseError(error) })
    const code = isConfiguration({ code: codeOf(error) }) ? codeOf(error) : 'database_unusable'
    return err({ code, message: explainDatabaseError(error) })
  }
}

async function explainEarlierData({ databaseUrl, dataDir }: Config): Promise<string> {
  if (databaseUrl !== undefined) return EARLIER_DATABASE
  const embedded = await import('../embedded-postgres/data-dir.ts')
  return embedded.explainEarlierData(dataDir)
}
