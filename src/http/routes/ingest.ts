import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Access } from '../../access/authenticate.ts'
import type { Broadcast } from '../../core/broadcast.ts'
import type { Arrival } from '../../core/clients/recognise.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { isOn, type Params, parseForm, parseQuery } from '../../core/decode/params.ts'
import type { DecodedRequest } from '../../core/decode/request.ts'
import { plainAddress } from '../../core/geo/address.ts'
import { propertiesReadIn } from '../../core/judge/read-properties.ts'
import { tooManyBytesFinding } from '../../core/judge/undecodable.ts'
import { LONG_URL_BYTES, MAX_REQUEST_BYTES, SMALL_BYTES } from '../../core/limits.ts'
import { methodNotAllowed, tooBusy, tooManyBytes } from '../../core/respond/errors.ts'
import { toFormRefusal } from '../../core/respond/import.ts'
import { jsonReply } from '../../core/respond/plan.ts'
import { type Finding, finding } from '../../core/verdict/finding.ts'
import { admitImport } from '../../ingest/admit-import.ts'
import type { ClientLog } from '../../ingest/client-log.ts'
import { importInto, isStrictImport } from '../../ingest/endpoints/import.ts'
import { ENGAGE, GROUPS } from '../../ingest/endpoints/profiles.ts'
import { TRACK } from '../../ingest/endpoints/track.ts'
import { ingest } from '../../ingest/ingest.ts'
import type { ProjectDirectory } from '../../ingest/project-directory.ts'
import { refuseUnread } from '../../ingest/refuse.ts'
import type { IngestDeps, Ingested, IngestRequest, RequestOrigin } from '../../ingest/request.ts'
import type { Turns } from '../../ingest/turns.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { addressOf } from '../address.ts'
import type { BodyRoom } from '../body-room.ts'
import { inChosenProject } from '../chosen-project.ts'
import { allowBrowsers, answersPreflights, type PageSettings } from '../cors.ts'
import { isFromThisMachine, isLoopback } from '../loopback.ts'
import { OncePerClient } from '../once-per-client.ts'
import { isFromForeignPage } from '../page-origin.ts'
import { announcesTooMuch, type BodyError, dropUnused, readBody, takeRawBodies } from '../raw-body.ts'
import { type ReceiveOptions, receive } from '../receive.ts'
import { type RoomDeps, refuseWithoutRoom } from '../refuse-without-room.ts'
import { send, sendIngested } from '../send.ts'

export interface IngestRouteDeps extends IngestDeps, PageSettings, RoomDeps {
  /** TRK-14: only if the server is not shared. */
  readonly mayRedirect: boolean
  /** The projects for pages on the internet: on a developer's own server, these create none. */
  readonly projectsForPages: ProjectDirectory
  readonly metrics: Metrics
  readonly clients: ClientLog
  readonly broadcast: Broadcast
  readonly turns: Turns
  readonly onRecords?: ((request: IncomingMessage, tokens: readonly string[]) => void) | undefined
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The methods of the path, if others are refused by a route too. */
    readonly allowed?: readonly string[]
  }
  interface FastifyRequest {
    /** `ip` as of the start of the request; it is empty once the client has gone. */
    address: string
  }
}

type Handle = (request: DecodedRequest, origin: RequestOrigin, http: FastifyRequest) => Promise<Ingested>

/**
 * `/track`, `/import`, `/engage`, `/groups` and `/decide`: raw bytes in and out, without Fastify's parsers and
 * serializers.
 */
export function ingestRoutes(app: FastifyInstance, deps: IngestRouteDeps): void {
  const common = {
    oncePerClient: new OncePerClient('plain http', deps.broadcast),
    warnedOfProxy: new OncePerClient('forwarded', deps.broadcast),
    deps,
  }
  takeRawBodies(app)
  rememberAddresses(app)
  refuseWithoutRoom(app, deps)
  app.register(async (browser) => {
    allowBrowsers(browser, deps)
    serve(browser, '/track', common, (decoded, origin, http) => {
      const request = { decoded, origin, mayRedirect: mayRedirect(decoded, http, deps) }
      return ingest(inChosenProject(TRACK, http), request, depsFor(http, deps))
    })
    for (const endpoint of [ENGAGE, GROUPS]) {
      serve(browser, endpoint.path, common, (decoded, { findings, ...origin }, http) => {
        const from = { ...origin, findings: [...findings, ...profileFindings(http)] }
        const request = { decoded, origin: from, mayRedirect: mayRedirect(decoded, http, deps) }
        return ingest(inChosenProject(endpoint, http), request, depsFor(http, deps))
      })
    }
    route(browser, '/decide', (_request, reply) => send(reply, RETIRED_DECIDE))
  })
  app.register(async (plain) => importRoute(plain, common))
}

/** `/import`: callers without access are refused before the body is read. */
function importRoute(app: FastifyInstance, common: Common): void {
  const { deps, oncePerClient } = common
  route(app, '/import', async (request, reply) => {
    // Before authentication (IMP-34), since it costs nothing.
    if (announcesTooMuch(request)) return await refuseBody(request, reply, '/import', 'too_large', deps)
    const claim = {
      credentials: parseAuthorization(request.headers.authorization),
      address: request.address,
      host: request.headers.host ?? '',
      params: parseQuery(request.url),
      hasApiKey: await showsApiKey(request, deps.room),
      findings: transportFindings(request, oncePerClient),
    }
    const admitted = await admitImport(claim, deps)
    if (!admitted.ok) {
      await dropUnused(request, deps.room)
      return answer(reply, '/import', admitted.error, claim.params, deps)
    }
    const access = admitted.value
    const sent = { ...common, findings: claim.findings, read: propertiesReadIn(access.project) }
    return await take(request, reply, '/import', sent, (decoded, origin) =>
      importAs(access, { decoded, origin, mayRedirect: false }, deps),
    )
  })
}

async function importAs(access: Access, request: IngestRequest, deps: IngestDeps): Promise<Ingested> {
  const { params, carrier } = request.decoded
  const ingested = await ingest(importInto(access, isStrictImport(params)), request, deps)
  return carrier === 'data' ? { ...ingested, reply: toFormRefusal(ingested.reply) } : ingested
}

/**
 * IMP-08: an `api_key` is no longer a credential, which is reported to callers that have no other. It is in the URL or
 * in a form, of which so little is read that it needs no authentication.
 */
async function showsApiKey(request: FastifyRequest, room: BodyRoom): Promise<boolean> {
  if (parseQuery(request.url).get('api_key') !== undefined) return true
  const { authorization, 'content-length': length, 'content-encoding': encoding } = request.headers
  const isShort = Number(length ?? Number.NaN) <= SMALL_BYTES && encoding === undefined
  if (authorization !== undefined || !isShort) return false
  const body = await readBody(request, room)
  if (!body.ok || body.value.bytes === undefined) return false
  return parseForm(body.value.bytes.toString('latin1')).get('api_key') !== undefined
}

/** TRK-41: retired, and answered neutrally so that old SDKs stay quiet. */
const RETIRED_DECIDE = jsonReply(
  200,
  { notifications: [], config: { enable_collect_everything: false } },
  { 'twinpanel-verdict': '1; endpoint.retired' },
)

/** A request sent in full is stored, and located, even if its client does not wait for the answer. */
function rememberAddresses(app: FastifyInstance): void {
  app.decorateRequest('address', '')
  app.addHook('onRequest', (request, _reply, done) => {
    request.address = addressOf(request)
    done()
  })
}

/**
 * DEC-05: on a developer's own server, a page on the internet that the developer merely visits must not create
 * projects.
 */
function depsFor({ headers }: FastifyRequest, deps: IngestRouteDeps): IngestDeps {
  const { projects, projectsForPages } = deps
  if (projectsForPages === projects || !isFromForeignPage(headers)) return deps
  return { ...deps, projects: projectsForPages }
}

/** TRK-14: redirects are safe for this machine. With a token, or behind a known proxy, others use the server too. */
function mayRedirect({ params }: DecodedRequest, http: FastifyRequest, deps: IngestRouteDeps): boolean {
  return deps.mayRedirect && params.get('redirect') !== undefined && isFromThisMachine(http)
}

interface Common extends Pick<ReceiveOptions, 'read'> {
  readonly oncePerClient: OncePerClient
  readonly warnedOfProxy: OncePerClient
  readonly deps: IngestRouteDeps
}

function serve(app: FastifyInstance, url: string, common: Common, handle: Handle): void {
  route(app, url, (request, reply) => {
    const findings = transportFindings(request, common.oncePerClient)
    return take(request, reply, url, { ...common, findings }, handle)
  })
}

/** Handles a request from its body to its answer. */
async function take(
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: string,
  { deps, findings, warnedOfProxy, read }: Common & { readonly findings: readonly Finding[] },
  handle: Handle,
): Promise<FastifyReply> {
  const received = await receive(request, deps, { read })
  if (!received.ok) return await refuseBody(request, reply, endpoint, received.error, deps)
  const { decoded, letGo } = received.value
  try {
    const urlBytes = request.originalUrl.length
    const { host = '', authorization } = request.headers
    const hasCredentials = authorization !== undefined
    const findingsOnAddress = () => forwardedFindings(request, warnedOfProxy)
    const origin = { ip: request.address, host, urlBytes, hasCredentials, findings, findingsOnAddress }
    const ingested = await handle(decoded, origin, request)
    if (decoded.payload.ok) {
      deps.clients.count(endpoint, arrivalOf(request, decoded.payload.value.encoding), ingested.records)
      deps.onRecords?.(
        request.raw,
        ingested.records.flatMap(({ project }) => project?.token ?? []),
      )
    }
    return answer(reply, endpoint, ingested, decoded.params, deps)
  } finally {
    letGo()
  }
}

function answer(
  reply: FastifyReply,
  endpoint: string,
  ingested: Ingested,
  params: Params,
  { metrics }: IngestRouteDeps,
): FastifyReply {
  metrics.took(endpoint, { records: ingested.records.length, findings: ingested.findings })
  return sendIngested(reply, ingested, isOn(params.get('explain')))
}

/** Answers a request without reading its body. */
async function refuseBody(
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: string,
  error: BodyError,
  deps: IngestDeps,
): Promise<FastifyReply> {
  if (error !== 'too_large') return send(reply, tooBusy())
  const { 'content-encoding': encoding = '', 'content-length': length } = request.headers
  const isPlain = encoding === '' && length !== undefined
  // TRK-25, IMP-28: the records cannot be read, so the verdict belongs to no project.
  const why = tooManyBytesFinding(isPlain ? `A body of ${length} bytes` : 'The whole body, inflated,')
  const unread = { endpoint, project: undefined, findings: [], sender: request.address }
  const refused = await refuseUnread(deps, unread, { plan: tooManyBytes(MAX_REQUEST_BYTES), why })
  // Most clients send everything before they read the answer; a connection closed meanwhile would hide it.
  if (Number(length ?? 0) > MAX_IGNORED_BYTES) reply.header('connection', 'close')
  return sendIngested(reply, refused, isOn(parseQuery(request.url).get('explain')))
}

/** Bytes of a body that are read and discarded, so that the client sees the answer. */
const MAX_IGNORED_BYTES = 20 * MAX_REQUEST_BYTES

/**
 * Registers a path: the given methods go to the handler, all others are answered with 405 (TRK-01) before the body is
 * read.
 */
export function route(
  app: FastifyInstance,
  url: string,
  handler: RouteHandlerMethod,
  methods: readonly string[] = ['GET', 'POST'],
): void {
  const allowed = answersPreflights(app) ? [...methods, 'OPTIONS'] : methods
  const config = { allowed }
  app.route({ method: [...methods], url, handler, config })
  const refuse = async (_request: FastifyRequest, reply: FastifyReply) => {
    return await send(reply, methodNotAllowed(allowed))
  }
  const others = app.supportedMethods.filter((method) => !methods.includes(method))
  app.route({ method: others, url, onRequest: refuse, handler: refuse, config })
}

/** Findings on the way in which profile updates were sent (ENG-01, ENG-03). */
function profileFindings({ headers }: FastifyRequest): readonly Finding[] {
  const findings: Finding[] = []
  if (headers['content-encoding'] === 'gzip') findings.push(finding('profile.gzip_unsupported'))
  if (headers.authorization?.startsWith('Basic ') === true) findings.push(finding('auth.basic_on_engage'))
  return findings
}

/** Once per peer: the header names a client, and the peer is not trusted to (GEO-09). */
function forwardedFindings(request: FastifyRequest, warned: OncePerClient): readonly Finding[] {
  const sent = request.headers['x-forwarded-for']
  // Fastify lists more addresses than the peer's where it is trusted.
  const isIgnored = sent !== undefined && (request.ips?.length ?? 0) <= 1
  if (!isIgnored || !warned.isFirst(request.address)) return []
  const peer = plainAddress(request.address)
  return [finding('geo.forwarded_ignored', { sent: String(sent).slice(0, MAX_SHOWN_HEADER), peer })]
}

/** How much of a header a verdict shows. */
const MAX_SHOWN_HEADER = 100

function arrivalOf({ headers }: FastifyRequest, encoding: string): Arrival {
  const isGzip = headers['content-encoding']?.includes('gzip') === true
  return { encoding, isGzip, host: headers.host ?? '', userAgent: headers['user-agent'] ?? '' }
}

function transportFindings(request: FastifyRequest, oncePerClient: OncePerClient): readonly Finding[] {
  const findings: Finding[] = []
  if (request.protocol === 'http' && !isLoopback(request.address) && oncePerClient.isFirst(request.address)) {
    findings.push(finding('transport.plain_http'))
  }
  if (request.originalUrl !== request.url) {
    const path = request.originalUrl.split('?', 1)[0] ?? ''
    findings.push(finding('path.encoded_fragment', { path }))
  }
  if (request.originalUrl.length > LONG_URL_BYTES) {
    findings.push(finding('limit.get_url_long', { bytes: request.originalUrl.length }))
  }
  return findings
}
