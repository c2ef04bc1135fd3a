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
import type { Databases } from './store/databases.ts'
import { type KeyPair, loadKeyPair } from './tls.ts'

/** Something that was started and must be stopped; the last started is stopped first. */
interface Part {
  readonly name: string
  stop(): Promise<unknown>
}

/** What a start up works on. */
interface Startup {
  readonly config: Config
  readonly log: Logger
  readonly parts: Part[]
  /** Aborted by the first signal, or when something that we need has ended; its reason is a sentence or undefined. */
  readonly stopping: AbortController
}

/** Why the server cannot start, as a sentence for standard error. */
interface StartError {
  readonly code: string
  readonly message: string
}

const exitCodes = { ok: 0, failure: 1, configuration: 78 } as const
/** Answers that take longer are given up: whoever stops us (Docker, systemd) kills us soon after. */
const drainLimitMs = 8_000
const idleSweepMs = 50
const disconnectLimitMs = 2_000
const parentCheckMs = 200
/** npm passes a Ctrl-C on that the terminal has sent us already: that is still the first. */
const sameSignalMs = 500

// With --warm, which the install runs, everything is loaded for the compile cache and nothing is started.
if (process.argv.includes('--warm')) {
  const { findBinaries } = await import('./embedded-postgres/binaries.ts')
  // This makes links too, where whoever starts the server may not be allowed to write.
  await findBinaries()
  await Promise.all([loadServer(), import('./embedded-postgres/start.ts'), import('./metrics/exposition.ts')])
} else process.exit(await main())

async function main(): Promise<number> {
  const config = parseConfig(process.env)
  if (!config.ok) {
    for (const fault of config.error) complain(fault.message)
    return exitCodes.configuration
  }
  const log = createLogger(config.value.logLevel)
  const startup: Startup = { config: config.value, log, parts: [], stopping: new AbortController() }
  stopOnSignals(startup.stopping)
  stopWithNpm(startup.stopping)
  try {
    const started = await start(startup)
    const { signal } = startup.stopping
    // A start that was given up fails too, but that is no news.
    if (!started.ok && !signal.aborted) {
      complain(started.error.message)
      return exitCodes.failure
    }
    if (started.ok && !signal.aborted) process.stdout.write(`Twinpanel is listening on ${started.value}\n`)
    const reason = await untilStopped(signal)
    if (reason === undefined) return exitCodes.ok
    complain(reason)
    return exitCodes.failure
  } catch (error) {
    log.fatal({ err: error }, 'a fault of our own')
    complain(`Twinpanel has failed: ${error instanceof Error ? error.message : String(error)}`)
    return exitCodes.failure
  } finally {
    await stopParts(startup)
  }
}

/** Starts the parts in order. Returns the URL that is listened on. */
async function start(startup: Startup): Promise<Result<string, StartError>> {
  const { config, log, parts, stopping } = startup
  // Loading our modules takes the processor for a third of a second, which Postgres' programs can use to start.
  const underWay = Promise.withResolvers<void>()
  const connecting = connect(startup, underWay.resolve)
  await Promise.race([underWay.promise, connecting])
  const [connection, modules] = await Promise.all([connecting, loadServer()])
  if (!connection.ok) return connection
  const database = await openMigratedDatabase(startup, modules, connection.value)
  if (!database.ok) return database
  if (stopping.signal.aborted) return err({ code: 'given_up', message: 'The start was given up.' })
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
  const [{ buildApp }, { openDatabases }, { closeDatabase }, { migrateToLatest }] = await Promise.all([
    import('./app.ts'),
    import('./store/databases.ts'),
    import('./store/db.ts'),
    import('./store/migrate.ts'),
  ])
  return { buildApp, openDatabases, closeDatabase, migrateToLatest }
}

async function connect(startup: Startup, onWaiting: () => void): Promise<Result<string, StartError>> {
  const { databaseUrl } = startup.config
  return databaseUrl === undefined ? await startPostgres(startup, onWaiting) : ok(databaseUrl)
}

async function openMigratedDatabase(
  { log, parts }: Startup,
  { openDatabases, closeDatabase, migrateToLatest }: ServerModules,
  connectionString: string,
): Promise<Result<Databases, StartError>> {
  const databases = openDatabases(connectionString, (error) => {
    log.warn({ err: error }, 'an idle database connection was lost')
  })
  const close = () => Promise.all(Object.values(databases).map((db) => closeDatabase(db)))
  parts.push({ name: 'database', stop: () => Promise.race([close(), delay(disconnectLimitMs)]) })
  try {
    await migrateToLatest(databases.db)
    return ok(databases)
  } catch (error) {
    log.debug({ err: error }, 'the database could not be prepared')
    return err({ code: 'database_unusable', message: explainDatabaseError(error) })
  }
}

async function loadTls(config: Config): Promise<Result<KeyPair | undefined, StartError>> {
  if (config.tls === undefined) return ok(undefined)
  return await loadKeyPair(config.tls, { dataDir: config.dataDir, host: config.host, nowMs: Date.now() })
}

async function loadLocator({ geoipDatabase }: Config): Promise<Result<Locator | undefined, StartError>> {
  if (geoipDatabase === undefined) return ok(undefined)
  // Not even loaded where none is named.
  const { openLocator } = await import('./geo/locator.ts')
  const opened = await openLocator(geoipDatabase)
  if (opened.ok) return opened
  const message = `TWINPANEL_GEOIP_DATABASE ${JSON.stringify(geoipDatabase)} cannot be used: ${opened.error}`
  return err({ code: 'geoip_unusable', message })
}

async function startPostgres(startup: Startup, onWaiting: () => void): Promise<Result<string, StartError>> {
  const { config, log, parts, stopping } = startup
  // Not even loaded where DATABASE_URL names another.
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
  // Whatever ends us but kill -9, Postgres does not stay behind.
  process.once('exit', postgres.interrupt)
  void postgres.exited.then((output) => {
    if (wanted) stopping.abort(`Postgres has ended by itself, so Twinpanel stops too:\n${output}`)
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
      EADDRINUSE: 'another program uses that port. Stop it, or set PORT to another (0 takes any free one)',
      EACCES: 'ports below 1024 may need privileges. Set PORT to a higher one',
      EADDRNOTAVAIL: 'this machine has no such address. Set HOST to one it has',
      ENOTFOUND: 'that name has no address. Set HOST to one that has',
    }
    const code = codeOf(error)
    const message = `Cannot listen on ${host}:${config.port} (${code}): ${advice[code] ?? 'see HOST and PORT'}.`
    return err({ code: 'cannot_listen', message })
  }
}

function explainDatabaseError(error: unknown): string {
  const code = codeOf(error)
  const known: Record<string, string> = {
    ECONNREFUSED: 'Nobody answers at the address in DATABASE_URL (ECONNREFUSED). Is Postgres running?',
    ENOTFOUND: 'The host in DATABASE_URL has no address (ENOTFOUND).',
    ETIMEDOUT: 'The host in DATABASE_URL does not answer (ETIMEDOUT).',
    '28P01': 'The database refused the user or the password in DATABASE_URL (28P01).',
    '28000': 'The database refused the user in DATABASE_URL (28000).',
    '3D000': 'The database named in DATABASE_URL does not exist (3D000). Create it with createdb.',
    '42501': 'The user in DATABASE_URL may not create tables (42501). Grant create on schema public.',
  }
  const reason = error instanceof Error ? error.message : String(error)
  return known[code] ?? `The database could not be prepared (${code}): ${reason}`
}

function codeOf(error: unknown): string {
  // A name with two addresses fails with both reasons in one.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const code = first instanceof Error && 'code' in first ? first.code : undefined
  return typeof code === 'string' ? code : 'no code'
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
 * npm passes a SIGTERM on to the shell it runs us in, and some shells (dash) die of it without a word to us.
 * So a server started by npm stops when its parent is gone.
 */
function stopWithNpm(stopping: AbortController): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) stopping.abort(undefined)
  }, parentCheckMs).unref()
}

/** Why the server was told to stop: a sentence, or undefined when it was asked to by a signal. */
function untilStopped(signal: AbortSignal): Promise<string | undefined> {
  return new Promise((stopped) => {
    const finish = (): void => stopped(typeof signal.reason === 'string' ? signal.reason : undefined)
    if (signal.aborted) finish()
    else signal.addEventListener('abort', finish, { once: true })
  })
}

/** Answers what has arrived, and then closes each connection, which its client may mean to keep for longer. */
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
