import { randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { type Config, isLoopbackHost, parseConfig } from './config.ts'
import type { Locator } from './core/geo/place.ts'
import { err, ok, type Result } from './core/result.ts'
import { createLogger } from './log.ts'
import {
  codeOf,
  EARLIER_DATABASE,
  explainDatabaseError,
  isConfiguration,
  type StartError,
} from './start-error.ts'
import type { Databases } from './store/databases.ts'
import { type KeyPair, loadKeyPair } from './tls.ts'

/** Something that was started and must be stopped; the last started is stopped first. */
interface Part {
  readonly name: string
  stop(): Promise<unknown>
}

/** The state of a start. */
interface Startup {
  readonly config: Config
  readonly log: Logger
  readonly parts: Part[]
  /** Aborted by the first signal, or when a required part has ended; its reason is a sentence or undefined. */
  readonly stopping: AbortController
}

const exitCodes = { ok: 0, failure: 1, configuration: 78 } as const
/** Requests in progress are given up after this: whatever stops the server (Docker, systemd) kills it soon after. */
const drainLimitMs = 8_000
const idleSweepMs = 50
const disconnectLimitMs = 2_000
const parentCheckMs = 200
/** npm passes on a Ctrl-C that the terminal has sent already; within this time it counts as the same signal. */
const sameSignalMs = 500

// With --warm, which the install runs, everything is loaded for the compile cache and nothing is started.
if (process.argv.includes('--warm')) {
  const { findBinaries } = await import('./embedded-postgres/binaries.ts')
  // Also creates links, since the user that starts the server later may not be allowed to.
  await findBinaries()
  await Promise.all([loadServer(), import('./embedded-postgres/start.ts'), import('./metrics/exposition.ts')])
} else process.exit(await main())

async function main(): Promise<number> {
  const config = parseConfig(process.env)
  if (!config.ok) {
    for (const error of config.error) complain(error.message)
    return exitCodes.configuration
  }
  const log = createLogger(config.value.logLevel)
  const startup: Startup = { config: config.value, log, parts: [], stopping: new AbortController() }
  stopOnSignals(startup.stopping)
  stopWithNpm(startup.stopping)
  try {
    const started = await start(startup)
    const { signal } = startup.stopping
    // A cancelled start fails too, without an error to report.
    if (!started.ok && !signal.aborted) {
      complain(started.error.message)
      return isConfiguration(started.error) ? exitCodes.configuration : exitCodes.failure
    }
    if (started.ok && !signal.aborted) process.stdout.write(`Twinpanel is listening on ${started.value}\n`)
    const reason = await untilStopped(signal)
    if (reason === undefined) return exitCodes.ok
    complain(reason)
    return exitCodes.failure
  } catch (error) {
    log.fatal({ err: error }, 'an internal error')
    complain(`Twinpanel has failed: ${error instanceof Error ? error.message : String(error)}`)
    return exitCodes.failure
  } finally {
    await stopParts(startup)
  }
}

/** Starts the parts in order. Returns the URL that the server listens on. */
async function start(startup: Startup): Promise<Result<string, StartError>> {
  const { config, log, parts, stopping } = startup
  // Loading the modules takes a third of a second, during which Postgres can start.
  const underWay = Promise.withResolvers<void>()
  const connecting = connect(startup, underWay.resolve)
  await Promise.race([underWay.promise, connecting])
  const [connection, modules] = await Promise.all([connecting, loadServer()])
  if (!connection.ok) return connection
  const database = await openMigratedDatabase(startup, modules, connection.value)
  if (!database.ok) return database
  if (stopping.signal.aborted) return err({ code: 'given_up', message: 'The start was cancelled.' })
  const tls = await loadTls(config)
  if (!tls.ok) return tls
  const locator = await loadLocator(config)
  if (!locator.ok) return locator
  const app = await modules.buildApp({
    ...database.value,
    log,
    clock: Date.now,
    newId: randomUUID,
    locator: locator.value,
    settings: {
      adminToken: config.adminToken,
      unknownTokens: config.unknownTokens,
      pagesMakeProjects: config.pagesMakeProjects,
      tokenBounds: config.tokenBounds,
      trustProxy: config.trustProxy,
      loopbackOnly: isLoopbackHost(config.host),
      isEmbedded: config.databaseUrl === undefined,
      tls: tls.value,
    },
  })
  parts.push({ name: 'server', stop: () => drain(app) })
  return await listen(app, config)
}

type ServerModules = Awaited<ReturnType<typeof loadServer>>

async function loadServer() {
  const [{ buildApp }, { openDatabases }, { closeDatabase }, { isFromBeforeRelease, migrateToLatest }] =
    await Promise.all([
      import('./app.ts'),
      import('./store/databases.ts'),
      import('./store/db.ts'),
      import('./store/migrate.ts'),
    ])
  return { buildApp, openDatabases, closeDatabase, isFromBeforeRelease, migrateToLatest }
}

async function connect(startup: Startup, onWaiting: () => void): Promise<Result<string, StartError>> {
  const { databaseUrl } = startup.config
  return databaseUrl === undefined ? await startPostgres(startup, onWaiting) : ok(databaseUrl)
}

async function openMigratedDatabase(
  { config, log, parts }: Startup,
  { openDatabases, closeDatabase, isFromBeforeRelease, migrateToLatest }: ServerModules,
  connectionString: string,
): Promise<Result<Databases, StartError>> {
  const databases = openDatabases(connectionString, (error) => {
    log.warn({ err: error }, 'an idle database connection was lost')
  })
  const close = () => Promise.all(Object.values(databases).map((db) => closeDatabase(db)))
  parts.push({ name: 'database', stop: () => Promise.race([close(), delay(disconnectLimitMs)]) })
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
  const embedded = await import('./embedded-postgres/data-dir.ts')
  return embedded.explainEarlierData(dataDir)
}

async function loadTls(config: Config): Promise<Result<KeyPair | undefined, StartError>> {
  if (config.tls === undefined) return ok(undefined)
  return await loadKeyPair(config.tls, { dataDir: config.dataDir, host: config.host, nowMs: Date.now() })
}

async function loadLocator({ geoipDatabase }: Config): Promise<Result<Locator | undefined, StartError>> {
  if (geoipDatabase === undefined) return ok(undefined)
  // Loaded only if a database of locations is configured.
  const { openLocator } = await import('./geo/locator.ts')
  const opened = await openLocator(geoipDatabase)
  if (opened.ok) return opened
  const message = `TWINPANEL_GEOIP_DATABASE ${JSON.stringify(geoipDatabase)} cannot be used: ${opened.error}`
  return err({ code: 'geoip_unusable', message })
}

async function startPostgres(startup: Startup, onWaiting: () => void): Promise<Result<string, StartError>> {
  const { config, log, parts, stopping } = startup
  // Loaded only if DATABASE_URL is not set.
  const { startEmbeddedPostgres } = await import('./embedded-postgres/start.ts')
  const started = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log,
    signal: stopping.signal,
    onWaiting,
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
  // Postgres does not outlive the process, unless it ends by kill -9.
  process.once('exit', postgres.interrupt)
  void postgres.exited.then((output) => {
    if (wanted) stopping.abort(`Postgres has stopped unexpectedly, so Twinpanel stops too:\n${output}`)
  })
  return ok(postgres.connectionString)
}

async function listen(app: FastifyInstance, config: Config): Promise<Result<string, StartError>> {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  try {
    await app.listen({ host: config.host, port: config.port })
    const { port } = app.server.address() as AddressInfo
    return ok(`${config.tls === undefined ? 'http' : 'https'}://${host}:${port}`)
  } catch (error) {
    const advice: Record<string, string> = {
      EADDRINUSE: 'another program uses that port. Stop it, or set PORT to another (0 for any free port)',
      EACCES: 'ports below 1024 may need privileges. Set PORT to a higher one',
      EADDRNOTAVAIL: 'this machine has no such address. Set HOST to one it has',
      ENOTFOUND: 'that name cannot be resolved. Set HOST to one that can',
    }
    const code = codeOf(error)
    const message = `Cannot listen on ${host}:${config.port} (${code}): ${advice[code] ?? 'see HOST and PORT'}.`
    return err({ code: 'cannot_listen', message })
  }
}

/** The first signal asks for a clean stop, a further one ends the process at once. */
function stopOnSignals(stopping: AbortController): void {
  let firstAt: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = Date.now()
        stopping.abort(undefined)
      } else if (Date.now() - firstAt > sameSignalMs) process.exit(128 + constants.signals[signal])
    })
  }
}

/**
 * npm passes a SIGTERM on to the shell that runs this process, and some shells (dash) die without passing it on. So a
 * server started by npm stops when its parent is gone.
 */
function stopWithNpm(stopping: AbortController): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stopping.abort(undefined)
  }, parentCheckMs).unref()
}

/** Waits for a stop. Out: the reason as a sentence; undefined if a signal requested it. */
function untilStopped(signal: AbortSignal): Promise<string | undefined> {
  return new Promise((stopped) => {
    const finish = (): void => stopped(typeof signal.reason === 'string' ? signal.reason : undefined)
    if (signal.aborted) finish()
    else signal.addEventListener('abort', finish, { once: true })
  })
}

/** Answers the requests that have arrived, and then closes each connection, even if its client wants to keep it. */
async function drain(app: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), idleSweepMs)
  await Promise.race([app.close(), delay(drainLimitMs)]).finally(() => clearInterval(sweep))
}

async function stopParts({ parts, log }: Startup): Promise<void> {
  for (const part of parts.toReversed()) {
    try {
      await part.stop()
      log.info(`${part.name} stopped`)
    } catch (error) {
      log.error({ err: error }, `${part.name} did not stop cleanly`)
    }
  }
}

function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`)
}
