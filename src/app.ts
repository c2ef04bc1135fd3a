import type { IncomingMessage } from 'node:http'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { Guesses } from './access/guesses.ts'
import { addHealthRoutes } from './api/health.route.ts'
import { collectRoutes } from './api/openapi.route.ts'
import { addApiRoutes } from './api/routes.ts'
import { addPageRoutes } from './api/web-page.route.ts'
import { openClientLog, openPurger, openTasks, reasonOf } from './background.ts'
import type { Locator } from './core/geo/place.ts'
import { TABLE_LOCATOR } from './core/geo/table.ts'
import { BodyRoom } from './http/body-room.ts'
import { refuseConnection } from './http/connection-errors.ts'
import { countAnswers } from './http/count-answers.ts'
import { handleError, refuseUnreadable } from './http/errors.ts'
import { createHttpServer, speaksForMany } from './http/http-server.ts'
import { inflictFaults } from './http/inflict-faults.ts'
import { PageRoom } from './http/page-room.ts'
import { ReadsUnderWay } from './http/reads-under-way.ts'
import { accountRoutes } from './http/routes/account.ts'
import { appRoutes } from './http/routes/app.ts'
import { dataTaskRoutes } from './http/routes/data-tasks.ts'
import { flagRoutes } from './http/routes/flags.ts'
import { ingestRoutes } from './http/routes/ingest.ts'
import { lookupRoutes } from './http/routes/lookup.ts'
import { type QueryRouteDeps, queryRoutes } from './http/routes/query.ts'
import { type ExportDeps, exportRoutes } from './http/routes/read.ts'
import { partsOfOneProcess, type SharedParts } from './http/shared-parts.ts'
import { refuseUnrouted } from './http/unrouted.ts'
import { cutEncodedFragment } from './http/url.ts'
import { commitIdentity } from './ingest/commit-identity.ts'
import { profileCommits } from './ingest/commit-profiles.ts'
import { CommitQueue } from './ingest/commit-queue.ts'
import { commitUnlocked } from './ingest/commit-unlocked.ts'
import { batchBytes, type Commits, profilesBytes, requestBytes } from './ingest/commits.ts'
import { IdentityMemory } from './ingest/identity-memory.ts'
import { type JudgedRequest, projectsOf } from './ingest/judged-request.ts'
import { NameMemory } from './ingest/name-memory.ts'
import { ProjectDirectory, type TokenRules } from './ingest/project-directory.ts'
import { RewriteBudget } from './ingest/rewrite-budget.ts'
import { TimeSlices } from './ingest/time-slices.ts'
import { Turns } from './ingest/turns.ts'
import { VerdictBounds } from './ingest/verdict-bounds.ts'
import { watchServer } from './metrics/gauges.ts'
import { Metrics, type QueueName } from './metrics/metrics.ts'
import { openReading } from './read/open-reading.ts'
import type { Databases } from './store/databases.ts'
import { type Db, readerOf } from './store/db.ts'
import { withRetry } from './store/tx.ts'
import { pruneVerdicts } from './store/verdicts.ts'
import type { WriteBatch } from './store/write-batch.ts'

/** What the server is built from; databases for reading default to `db`. */
export interface AppDeps extends Partial<Databases> {
  readonly db: Db
  readonly log: Logger
  /** The current time, in ms since the epoch. */
  readonly clock: () => number
  /** A new unique id, of 36 characters at most. */
  readonly newId: () => string
  readonly settings: AppSettings
  /** Called with the tokens of the records of each request that could be read. */
  readonly onRecords?: ((request: IncomingMessage, tokens: readonly string[]) => void) | undefined
  /** Why no records can be taken at present, as a sentence; undefined if they can. */
  readonly shortage?: (() => string | undefined) | undefined
  /** Aborted when the server is asked to stop; it still answers for a while. */
  readonly stopping?: AbortSignal | undefined
  /** What this process shares with others of the server; by default, there are none. */
  readonly shared?: SharedParts | undefined
  /** Locates addresses; by default only those reserved for documentation. */
  readonly locator?: Locator | undefined
}

/** The parts of the configuration that the server needs. */
export interface AppSettings extends TokenRules {
  readonly adminToken?: string | undefined
  /** Pages on the internet can create projects of unknown tokens too, if others can. */
  readonly pagesMakeProjects?: boolean | undefined
  /** The token of the project that Basic credentials of no project give access to; they are refused by default. */
  readonly projectForUnknownCredentials?: string | undefined
  /** Fastify's option of that name. */
  readonly trustProxy: boolean | string
  /** Listens on a loopback address only. */
  readonly loopbackOnly: boolean
  /** The database is the embedded one. */
  readonly isEmbedded?: boolean | undefined
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
}

/** Concurrent transactions: while one core of Postgres is busy, the next batch is prepared. */
const LANES_ALONE = { lanes: 2 }
/** The same of each of several processes, which get smaller parts of the requests. */
const LANES_OF_SEVERAL = { lanes: 1, gatherMs: 1 }
const MIN_SECOND_LANE_BYTES = 131_072
const MAX_WAITING_BYTES = 64 * 1_048_576
const MAX_GROUP_BYTES = 4 * 1_048_576

/** Builds the server: every plugin and route, in the order in which they see a request. Does not listen. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const closing = new AbortController()
  const parts = openParts(deps, closing.signal)
  const app = createServer(deps)
  refuseUnrouted(app, parts)
  app.addHook('preClose', async () => closing.abort())
  app.addHook('onClose', async () => {
    await Promise.all(Object.values(parts.commits).map((queue) => queue.drain()))
    await parts.clients.stop()
  })
  for (const task of [parts.purger, ...parts.tasks]) {
    app.addHook('onListen', async () => task.start())
    app.addHook('onClose', () => task.stop())
  }
  const addOpenApiRoute = await collectRoutes(app, deps.settings.adminToken)
  app.addHook('onClose', () => parts.watcher.stop())
  countAnswers(app, parts)
  inflictFaults(app, parts)
  app.register(async (scope) => addHealthRoutes(scope, parts))
  addPageRoutes(app)
  app.register(async (scope) => ingestRoutes(scope, parts))
  app.register(async (scope) => flagRoutes(scope, { ...parts, reads: parts.flagReads }))
  readRoutes(app, { ...parts, db: readerOf(parts.lookupDb, 'access') })
  app.register(async (scope) => dataTaskRoutes(scope, parts))
  app.register(async (scope) => appRoutes(scope, parts))
  lookupRoutes(app, parts)
  app.register(async (scope) => {
    const lookupDb = readerOf(parts.lookupDb, 'twin')
    addApiRoutes(scope, { ...parts, lookupDb, reads: parts.twinReads })
    addOpenApiRoute(scope)
  })
  await app.ready()
  return app
}

/** The dependencies of the routes; each uses the ones it needs. */
function openParts(deps: AppDeps, closing: AbortSignal) {
  const { db, clock, newId, settings } = deps
  const { faults, limits, reads, broadcast, others } = deps.shared ?? partsOfOneProcess()
  const memory = new IdentityMemory(() => db.shared.generation)
  const projects = new ProjectDirectory(db, settings, clock, broadcast)
  const { projectForUnknownCredentials: ofUnknown } = settings
  const metrics = new Metrics(() => performance.now())
  const onFailure = (error: unknown) =>
    deps.log.warn({ reason: reasonOf(error) }, 'a poll for the streams failed')
  const clients = openClientLog(deps)
  const reading = openReading({ ...deps, closing, onFailure })
  const parts = {
    db,
    ...reading,
    clock,
    newId,
    closing,
    memory,
    projects,
    projectsForPages: settings.pagesMakeProjects === true ? projects : makingNone(deps),
    loopbackOnly: settings.loopbackOnly,
    metrics,
    commits: openCommits(deps, memory, metrics, () => reading.watcher.hurry()),
    clients,
    flushClients: others?.flushAllClients ?? (() => clients.flush()),
    names: new NameMemory(broadcast),
    limits,
    broadcast,
    others,
    room: new BodyRoom(),
    slices: new TimeSlices(() => performance.now()),
    turns: new Turns(),
    guesses: new Guesses(broadcast),
    underWay: new ReadsUnderWay(reads),
    faults,
    pages: new PageRoom(),
    purger: openPurger(deps),
    tasks: openTasks(deps),
    locator: deps.locator ?? TABLE_LOCATOR,
    adminToken: settings.adminToken,
    projectForUnknownCredentials:
      ofUnknown === undefined ? undefined : () => projects.findExisting(ofUnknown),
    onRecords: deps.onRecords,
    shortage: deps.shortage ?? (() => undefined),
    isStopping: () => deps.stopping?.aborted === true,
    mayRedirect: settings.loopbackOnly && settings.adminToken === undefined && !settings.trustProxy,
    findByToken: (token: string) => projects.findExisting(token),
    makesProject: (token: string) => projects.wouldMake(token),
  }
  watchParts(parts, settings)
  return parts
}

/** Measures the parts, for the scrapes that reach this process or another one of the server. */
function watchParts(
  { metrics, pools, commits, underWay, clients, others }: ReturnType<typeof openParts>,
  { isEmbedded = false }: AppSettings,
): void {
  const queues = { steady: commits.unlocked, identity: commits.identity, profiles: commits.profiles }
  watchServer(metrics, { pools, queues, underWay, isEmbedded })
  others?.serve({
    collect: async () => (await import('./metrics/exposition.ts')).collect(metrics.families()),
    flushClients: () => clients.flush(),
  })
}

/** A directory that creates no projects for unknown tokens. */
function makingNone({ db, clock }: AppDeps): ProjectDirectory {
  return new ProjectDirectory(db, { unknownTokens: 'drop' }, clock)
}

/** Reading: the raw export, the query API, and the projects of a service account. */
function readRoutes(app: FastifyInstance, deps: QueryRouteDeps & ExportDeps): void {
  accountRoutes(app, deps)
  app.register(async (scope) => exportRoutes(scope, deps))
  app.register(async (scope) => queryRoutes(scope, deps))
}

/** The commit queues: for events that change no identities, for those that do, and for profiles. */
function openCommits(
  { db, clock, log, shared }: AppDeps,
  memory: IdentityMemory,
  metrics: Metrics,
  onCommit: () => void,
): Commits {
  const report = (error: unknown) => log.warn({ reason: reasonOf(error) }, 'a commit failed')
  // A failure of pruning does not affect the committed records.
  const bounds = new VerdictBounds((...range) => pruneVerdicts(db, ...range).catch(report))
  const lanes = shared?.others === undefined ? LANES_ALONE : LANES_OF_SEVERAL
  const options = <B, R>(queue: QueueName, commit: (group: readonly B[], waitMs: number) => Promise<R>) => {
    const onRetry = (error: unknown) => {
      metrics.retried(queue)
      log.debug({ reason: reasonOf(error) }, 'a commit is retried: it conflicted with another transaction')
    }
    return {
      ...lanes,
      minSecondLaneBytes: MIN_SECOND_LANE_BYTES,
      maxWaitingBytes: MAX_WAITING_BYTES,
      maxGroupBytes: MAX_GROUP_BYTES,
      now: () => performance.now(),
      onFailure: (error: unknown) => {
        metrics.failed(queue)
        report(error)
      },
      write: metrics.timed(queue, (group: readonly B[], waitMs: number) => {
        return withRetry(() => commit(group, waitMs), onRetry).finally(onCommit)
      }),
    }
  }
  return {
    unlocked: new CommitQueue({
      ...options('steady', (group: readonly WriteBatch[], waitMs) => {
        return commitUnlocked(db, bounds, group, waitMs)
      }),
      sizeOf: batchBytes,
      projectIdsOf: ({ projects }) => projects.map(({ id }) => id),
    }),
    identity: new CommitQueue({
      ...options('identity', (group: readonly JudgedRequest[], waitMs) => {
        return commitIdentity(db, memory, bounds, group, waitMs)
      }),
      sizeOf: requestBytes,
      projectIdsOf: idsOfProjects,
    }),
    profiles: new CommitQueue({
      ...options('profiles', profileCommits(db, bounds, new RewriteBudget(clock))),
      sizeOf: profilesBytes,
      projectIdsOf: idsOfProjects,
    }),
  }
}

function idsOfProjects(request: JudgedRequest<unknown>): readonly number[] {
  return projectsOf(request).map(({ id }) => id)
}

function createServer({ log, settings }: AppDeps): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance,
    // A child logger per request costs more than everything that is logged.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: settings.trustProxy,
    exposeHeadRoutes: false,
    // Requests that still arrive on a connection are served before it is closed: not every SDK retries after a 503.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 255 },
    rewriteUrl: (request) => cutEncodedFragment(request.url ?? '/'),
    // Fastify would turn "1" into 1 and drop unknown fields: an invalid body is refused, not repaired. The schemas are our
    // own, and checking them takes as long as compiling them.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, validateSchema: false } },
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => void refuseUnreadable(error, request, reply, settings),
    serverFactory: (handler) => {
      const isExempt = speaksForMany(settings.trustProxy)
      return createHttpServer(handler, { tls: settings.tls, isExempt, now: () => performance.now() })
    },
  })
  app.setErrorHandler(handleError)
  return app
}
