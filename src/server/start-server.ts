import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { type Config, isLoopbackHost } from '../config.ts'
import { Deferred } from '../core/deferred.ts'
import type { Locator } from '../core/geo/place.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { StartError } from '../start-error.ts'
import type { Databases } from '../store/databases.ts'
import { type KeyPair, loadKeyPair } from '../tls.ts'
import {
  makeEphemeralDirectory,
  removeAbandonedDirectories,
  removeEphemeralDirectory,
} from './ephemeral-directory.ts'
import { drain, listen } from './listen.ts'
import { loadServer, type ServerModules } from './load-server.ts'
import { connect, openMigratedDatabase } from './open-database.ts'
import type { Startup } from './startup.ts'

/** A client that has kept a connection may send on it just when it is closed, and then lose the request. */
const lastRequestsMs = 1_000

/** A server that listens. */
export interface StartedServer {
  readonly app: FastifyInstance
  readonly url: string
  /** Where the embedded Postgres keeps its data; undefined with a database of the user's own. */
  readonly dataDir: string | undefined
}

/**
 * Starts the parts of a server in order, and notes each in `parts`, which the caller stops in any case. The process is
 * left alone: no signals, no exit hooks.
 */
export async function startServer(asked: Startup): Promise<Result<StartedServer, StartError>> {
  const placed = await placeData(asked)
  if (!placed.ok) return placed
  const startup = placed.value
  const { config, stopping } = startup
  // Postgres can start while the modules are loaded.
  const underWay = new Deferred<void>()
  const connecting = connect(startup, underWay.resolve)
  await Promise.race([underWay.promise, connecting])
  const [connection, modules] = await Promise.all([connecting, loadServer()])
  if (!connection.ok) return connection
  const database = await openMigratedDatabase(startup, modules, connection.value)
  if (!database.ok) return database
  if (stopping.signal.aborted) return err({ code: 'given_up', message: 'The start was cancelled.' })
  const served = await serve(startup, modules, database.value)
  if (!served.ok) return served
  if (startup.isEphemeral) {
    const cleaning = removeAbandonedDirectories(startup.log)
    startup.parts.push({ name: 'removal of abandoned data', stop: () => cleaning })
  }
  return ok({ ...served.value, dataDir: config.databaseUrl === undefined ? config.dataDir : undefined })
}

/** The startup with the directory that its data goes to. */
async function placeData(startup: Startup): Promise<Result<Startup, StartError>> {
  if (!startup.isEphemeral) return ok(startup)
  const made = await makeEphemeralDirectory()
  if (!made.ok) return made
  const dataDir = made.value
  startup.parts.push({ name: 'data directory', stop: () => removeEphemeralDirectory(dataDir) })
  return ok({ ...startup, config: { ...startup.config, dataDir } })
}

async function serve(
  { config, log, parts, stopping, isEphemeral }: Startup,
  { buildApp }: ServerModules,
  databases: Databases,
): Promise<Result<Omit<StartedServer, 'dataDir'>, StartError>> {
  const tls = await loadTls(config)
  if (!tls.ok) return tls
  const locator = await loadLocator(config)
  if (!locator.ok) return locator
  const app = await buildApp({
    ...databases,
    log,
    clock: Date.now,
    newId: randomUUID,
    locator: locator.value,
    stopping: stopping.signal,
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
  parts.push({
    name: 'server',
    stop: () => drain(app, { drainMs: config.drainMs, lastRequestsMs: isEphemeral ? 0 : lastRequestsMs }),
  })
  const url = await listen(app, config)
  return url.ok ? ok({ app, url: url.value }) : url
}

async function loadTls(config: Config): Promise<Result<KeyPair | undefined, StartError>> {
  if (config.tls === undefined) return ok(undefined)
  return await loadKeyPair(config.tls, { dataDir: config.dataDir, host: config.host, nowMs: Date.now() })
}

async function loadLocator({ geoipDatabase }: Config): Promise<Result<Locator | undefined, StartError>> {
  if (geoipDatabase === undefined) return ok(undefined)
  // Loaded only if a database of locations is configured.
  const { openLocator } = await import('../geo/locator.ts')
  const opened = await openLocator(geoipDatabase)
  if (opened.ok) return opened
  const message = `TWINPANEL_GEOIP_DATABASE ${JSON.stringify(geoipDatabase)} cannot be used: ${opened.error}`
  return err({ code: 'geoip_unusable', message })
}
