import { setTimeout as delay } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { err, ok, type Result } from '../core/result.ts'
import { EARLIER_DATABASE, explainDatabaseError, type StartError } from '../start-error.ts'
import type { Databases } from '../store/databases.ts'
import type { ServerModules } from './load-server.ts'
import type { Startup } from './startup.ts'

const disconnectLimitMs = 2_000

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
    ...(isEphemeral ? { settings: throwawaySettings } : {}),
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
  return ok(postgres.connectionString)
}

/** Opens the connections, and migrates the database. */
export async function openMigratedDatabase(
  { config, log, parts }: Startup,
  { openDatabases, closeDatabase, isFromBeforeRelease, migrateToLatest }: ServerModules,
  connectionString: string,
): Promise<Result<Databases, StartError>> {
  let wanted = true
  const databases = openDatabases(connectionString, {
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
  parts.push({ name: 'database', stop })
  try {
    if (await isFromBeforeRelease(databases.db)) {
      return err({ code: 'made_before_release', message: await explainEarlierData(config) })
    }
    await migrateToLatest(databases.db)
    return ok(databases)
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
