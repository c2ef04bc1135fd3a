import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Contents } from '../embedded-postgres/template.ts'
import { EARLIER_DATABASE, explainDatabaseError, type StartError } from '../start-error.ts'
import type { Databases } from '../store/databases.ts'
import type { ServerModules } from './load-server.ts'
import type { Part, Startup } from './startup.ts'

const disconnectLimitMs = 2_000
/** How much later than Postgres the server may get the same signal. */
const ownSignalMs = 500

/** The URL of the database: the configured one, or that of the embedded Postgres, which is started. */
export async function connect(startup: Startup, onWaiting: () => void): Promise<Result<string, StartError>> {
  const { databaseUrl } = startup.config
  return databaseUrl === undefined ? await startPostgres(startup, onWaiting) : ok(databaseUrl)
}

async function startPostgres(startup: Startup, onWaiting: () => void): Promise<Result<string, StartError>> {
  const { config, log, parts, stopping, isEphemeral } = startup
  // Loaded only if DATABASE_URL is not set.
  const { startEmbeddedPostgres } = await import('../embedded-postgres/start.ts')
  const { throwawaySettings } = await import('../embedded-postgres/settings.ts')
  const started = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log,
    signal: stopping.signal,
    onWaiting,
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

/** Connects the pools to their database, and migrates it. */
export async function migrate(
  { config, log }: Startup,
  { modules, databases }: { readonly modules: ServerModules; readonly databases: Databases },
  connectionString: string,
): Promise<Result<void, StartError>> {
  const { connectTo, isFromBeforeRelease, migrateToLatest } = modules
  connectTo(databases, connectionString)
  try {
    if (await isFromBeforeRelease(databases.db)) {
      return err({ code: 'made_before_release', message: await explainEarlierData(config) })
    }
    await migrateToLatest(databases.db, (migration, seconds) =>
      log.info({ migration, seconds }, 'the database is being migrated; a large one takes its time'),
    )
    return ok(undefined)
  } catch (error) {
    log.debug({ err: error }, 'the database could not be prepared')
    return err({ code: 'database_unusable', message: explainDatabaseError(error) })
  }
}

async function explainEarlierData({ databaseUrl, dataDir }: Config): Promise<string> {
  if (databaseUrl !== undefined) return EARLIER_DATABASE
  const embedded = await import('../embedded-postgres/data-dir.ts')
  return embedded.explainEarlierData(dataDir)
}
