import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { AppDeps } from '../app.ts'
import { type Config, isLoopbackHost } from '../config.ts'
import { Deferred } from '../core/deferred.ts'
import type { Locator } from '../core/geo/place.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { DiskSpace } from '../embedded-postgres/disk-space.ts'
import type { Intercept } from '../intercept/intercept.ts'
import type { StartError } from '../start-error.ts'
import type { Databases } from '../store/databases.ts'
import { type KeyPair, loadKeyPair } from '../tls.ts'
import { loadAdminToken } from './admin-token.ts'
import {
  makeEphemeralDirectory,
  removeAbandonedDirectories,
  removeEphemeralDirectory,
} from './ephemeral-directory.ts'
import { drain, listen } from './listen.ts'
import { loadServer, type ServerModules } from './load-server.ts'
import { connect, migrate, openPools, untilThereIsRoom } from './open-database.ts'
import { openDisk } from './open-disk.ts'
import { type Interception, openIntercept } from './open-intercept.ts'
import type { Part, Startup } from './startup.ts'

/** A client that has kept a connection may send on it just when it is closed, and then lose the request. */
const lastRequestsMs = 1_000

/** A server that listens. */
export interface StartedServer {
  readonly app: FastifyInstance
  readonly url: string
  /** Where the embedded Postgres keeps its data; undefined with a database of the user's own. */
  readonly dataDir: string | undefined
  /** The configured or generated admin token; undefined without one. */
  readonly adminToken: string | undefined
  /** The proxy that answers for Mixpanel's hosts, if there is to be one. */
  readonly intercept: Intercept | undefined
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
  // Postgres can start while the server is loaded and built.
  const underWay = new Deferred<void>()
  const short = new Deferred<void>()
  const room = { startup, disk: await openDisk(startup), onShort: short.resolve }
  const { disk } = room
  const onRestart = (url: string) =>
    void building.then(({ modules, databases }) => modules.connectTo(databases, url))
  const connecting = untilThereIsRoom(room, () =>
    connect(startup, { disk, onWaiting: underWay.resolve, onRestart }),
  )
  await Promise.race([underWay.promise, short.promise, connecting])
  const building = loadServer().then((modules) => build(startup, modules, disk))
  let early: Promise<Result<string, StartError>> | undefined
  void short.promise.then(() => {
    early = building.then((built) => listenWithoutDatabase(built, config))
  })
  // Whether Postgres starts is known first; the second await reports what went wrong here.
  building.catch(() => undefined)
  const connection = await connecting
  const built = await building
  // They are stopped before Postgres, so they are noted after it.
  startup.parts.push(...built.parts)
  if (!connection.ok) return connection
  if (!built.server.ok) return built.server
  const migrated = await untilThereIsRoom(room, () => migrate(startup, built, connection.value))
  if (!migrated.ok) return migrated
  if (stopping.signal.aborted) return err({ code: 'given_up', message: 'The start was cancelled.' })
  const { app, adminToken, interception } = built.server.value
  const url = await (early ?? listen(app, config))
  if (!url.ok) return url
  const intercept = await interception?.start(app, adminToken)
  if (intercept?.ok === false) return intercept
  if (startup.isEphemeral || startup.intercept !== undefined) {
    const cleaning = removeAbandonedDirectories(startup.log)
    startup.parts.push({ name: 'removal of abandoned data', stop: () => cleaning })
  }
  const dataDir = config.databaseUrl === undefined ? config.dataDir : undefined
  return ok({ app, url: url.value, dataDir, adminToken, intercept: intercept?.value })
}

/** Nothing listens on this port, so that connections fail at once. */
const NO_DATABASE = 'postgres://127.0.0.1:1'

/** Listens while Postgres waits for room on the disk: requests are answered 503. */
async function listenWithoutDatabase(
  { modules, databases, server }: Built,
  config: Config,
): Promise<Result<string, StartError>> {
  if (!server.ok) return server
  modules.connectTo(databases, NO_DATABASE)
  return await listen(server.value.app, config)
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

/** A server that does not listen yet, and its proxy. */
interface BuiltServer extends Pick<StartedServer, 'app' | 'adminToken'> {
  readonly interception: Interception | undefined
}

/** What of a server can be built without its database. */
interface Built {
  readonly modules: ServerModules
  readonly databases: Databases
  readonly server: Result<BuiltServer, StartError>
  /** To be stopped in any case. */
  readonly parts: readonly Part[]
}

async function build(startup: Startup, modules: ServerModules, disk: DiskSpace | undefined): Promise<Built> {
  const { databases, part } = openPools(startup, modules)
  const deps = { ...databases, shortage: () => disk?.shortage }
  const server = await buildServer(startup, modules, deps)
  if (!server.ok) return { modules, databases, server, parts: [part] }
  const { app } = server.value
  const { config, isEphemeral } = startup
  const draining = { drainMs: config.drainMs, lastRequestsMs: isEphemeral ? 0 : lastRequestsMs }
  // Without its database, it has not listened.
  const stop = () => (app.server.listening ? drain(app, draining) : app.close())
  return { modules, databases, server, parts: [part, { name: 'server', stop }] }
}

async function buildServer(
  startup: Startup,
  { buildApp }: ServerModules,
  deps: Databases & Pick<AppDeps, 'shortage'>,
): Promise<Result<BuiltServer, StartError>> {
  const { config, log, stopping } = startup
  const adminToken = await loadAdminToken(config)
  if (!adminToken.ok) return adminToken
  const tls = await loadTls(config)
  if (!tls.ok) return tls
  const locator = await loadLocator(config)
  if (!locator.ok) return locator
  const interception = await openIntercept(startup)
  const app = await buildApp({
    ...deps,
    log,
    clock: Date.now,
    newId: randomUUID,
    locator: locator.value,
    onRecords: interception?.onRecords,
    shared: startup.shared,
    stopping: stopping.signal,
    settings: {
      adminToken: adminToken.value,
      unknownTokens: config.unknownTokens,
      pagesMakeProjects: config.pagesMakeProjects,
      tokenBounds: config.tokenBounds,
      trustProxy: config.trustProxy,
      projectForUnknownCredentials: startup.intercept?.project,
      loopbackOnly: isLoopbackHost(config.host),
      isEmbedded: config.databaseUrl === undefined,
      tls: tls.value,
    },
  })
  return ok({ app, adminToken: adminToken.value, interception })
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
