import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Arrival } from '../../core/clients/recognise.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { isOn, queryParams } from '../../core/decode/params.ts'
import { type DecodedRequest, decodeRequest } from '../../core/decode/request.ts'
import { withoutPort } from '../../core/geo/address.ts'
import { noteTooManyBytes } from '../../core/judge/unusable.ts'
import { LONG_URL_BYTES, MAX_REQUEST_BYTES } from '../../core/limits.ts'
import { methodNotAllowed, tooManyBytes } from '../../core/respond/errors.ts'
import { jsonReply } from '../../core/respond/plan.ts'
import { type Note, note } from '../../core/verdict/note.ts'
import type { ClientLog } from '../../ingest/client-log.ts'
import { answerUnread } from '../../ingest/commit.ts'
import { ingestImport } from '../../ingest/import.ts'
import type { IngestDeps, Ingested, RequestOrigin } from '../../ingest/ingest.ts'
import { ingestProfiles } from '../../ingest/profiles.ts'
import { ingestTrack } from '../../ingest/track.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { ByteBudget, limitBodies, MAX_BYTES_UNDER_WAY } from '../body-budget.ts'
import { allowBrowsers } from '../cors.ts'
import { readRawBody, takeRawBodies } from '../raw-body.ts'
import { send, sendIngested } from '../send.ts'
import { isLoopback, ToldOnce } from '../told-once.ts'

/** What the ingestion routes need beside the ingest path's own. */
export interface IngestRouteDeps extends IngestDeps {
  /** TRK-14: only where the server is not shared. */
  readonly mayRedirect: boolean
  readonly metrics: Metrics
  readonly clients: ClientLog
}

declare module 'fastify' {
  interface FastifyRequest {
    /** `ip` as it was when the request came: a client that has gone away since has none. */
    address: string
  }
}

type Handle = (request: DecodedRequest, origin: RequestOrigin, http: FastifyRequest) => Promise<Ingested>

/** `/track`, `/import`, `/engage`, `/groups` and `/decide`: bytes in, bytes out, nothing of Fastify's in between. */
export function ingestRoutes(app: FastifyInstance, deps: IngestRouteDeps): void {
  const common = { told: new ToldOnce(), deps }
  const budget = new ByteBudget(MAX_BYTES_UNDER_WAY)
  takeRawBodies(app)
  rememberAddresses(app)
  app.register(async (browser) => {
    allowBrowsers(browser)
    limitBodies(browser, budget)
    serve(browser, '/track', common, (decoded, origin) =>
      ingestTrack(decoded, origin, deps.mayRedirect, deps),
    )
    for (const endpoint of ['/engage', '/groups'] as const) {
      serve(browser, endpoint, common, (decoded, origin, http) => {
        const notes = [...origin.notes, ...profileNotes(http)]
        const { mayRedirect } = deps
        return ingestProfiles({ endpoint, decoded, origin: { ...origin, notes }, mayRedirect }, deps)
      })
    }
    route(browser, '/decide', (_request, reply) => send(reply, RETIRED_DECIDE))
  })
  app.register(async (plain) => {
    limitBodies(plain, budget)
    serve(plain, '/import', common, (decoded, origin, http) => {
      const credentials = parseAuthorization(http.headers.authorization)
      return ingestImport({ decoded, origin, credentials }, deps)
    })
  })
}

/** TRK-41: retired, and answered neutrally so that old SDKs stay quiet. */
const RETIRED_DECIDE = jsonReply(
  200,
  { notifications: [], config: { enable_collect_everything: false } },
  { 'twinpanel-verdict': '1; endpoint.retired' },
)

/** What a client sent in full is stored, and located, even if it does not wait for the answer. */
function rememberAddresses(app: FastifyInstance): void {
  app.decorateRequest('address', '')
  app.addHook('onRequest', (request, _reply, done) => {
    const ip: string | undefined = request.ip
    request.address = withoutPort(ip ?? '')
    done()
  })
}

/** What the endpoints share. */
interface Common {
  readonly told: ToldOnce
  readonly deps: IngestRouteDeps
}

function serve(app: FastifyInstance, url: string, { told, deps }: Common, handle: Handle): void {
  const { metrics, clients } = deps
  route(app, url, async (request, reply) => {
    const body = await readRawBody(request)
    if (!body.ok) return await refuseLarge(request, reply, url, deps)
    const { contentType, bytes, problem } = body.value
    const decoded = decodeRequest({ url: request.url, contentType, body: bytes, bodyProblem: problem })
    const notes = transportNotes(request, told)
    const urlBytes = request.originalUrl.length
    const origin = { ip: request.address, host: request.headers.host ?? '', urlBytes, notes }
    const ingested = await handle(decoded, origin, request)
    metrics.took(url, { records: ingested.records.length, notes: ingested.notes })
    if (decoded.payload.ok)
      clients.note(url, arrivalOf(request, decoded.payload.value.encoding), ingested.records)
    return sendIngested(reply, ingested, isOn(decoded.params.get('explain')))
  })
}

/** TRK-25, IMP-28: what it was for cannot be read, so the verdict is no project's. */
async function refuseLarge(
  request: FastifyRequest,
  reply: FastifyReply,
  endpoint: string,
  deps: IngestDeps,
): Promise<FastifyReply> {
  const { 'content-encoding': encoding = '', 'content-length': length } = request.headers
  const isPlain = encoding === '' && length !== undefined
  const why = noteTooManyBytes(isPlain ? `A body of ${length} bytes` : 'The whole body, inflated,')
  const unread = { endpoint, project: undefined, notes: [why], sender: request.address }
  const refused = await answerUnread(deps, unread, tooManyBytes(MAX_REQUEST_BYTES))
  return sendIngested(reply, refused, isOn(queryParams(request.url).get('explain')))
}

/** Some methods go to the handler; any other is told so (TRK-01), before its body is read. */
export function route(
  app: FastifyInstance,
  url: string,
  handler: RouteHandlerMethod,
  methods: readonly string[] = ['GET', 'POST'],
): void {
  app.route({ method: [...methods], url, handler })
  const refuse = async (_request: FastifyRequest, reply: FastifyReply) => {
    return await send(reply, methodNotAllowed([...methods, 'OPTIONS']))
  }
  const others = app.supportedMethods.filter((method) => !methods.includes(method))
  app.route({ method: others, url, onRequest: refuse, handler: refuse })
}

/** What is odd about the way in which profile updates came (ENG-01, ENG-03). */
function profileNotes({ headers }: FastifyRequest): readonly Note[] {
  const notes: Note[] = []
  if (headers['content-encoding'] === 'gzip') notes.push(note('profile.gzip_unsupported'))
  if (headers.authorization?.startsWith('Basic ') === true) notes.push(note('auth.basic_on_engage'))
  return notes
}

function arrivalOf({ headers }: FastifyRequest, encoding: string): Arrival {
  const isGzip = headers['content-encoding']?.includes('gzip') === true
  return { encoding, isGzip, host: headers.host ?? '', userAgent: headers['user-agent'] ?? '' }
}

function transportNotes(request: FastifyRequest, told: ToldOnce): readonly Note[] {
  const notes: Note[] = []
  if (request.protocol === 'http' && !isLoopback(request.address) && told.isFirst(request.address)) {
    notes.push(note('transport.plain_http'))
  }
  if (request.originalUrl !== request.url) {
    const path = request.originalUrl.split('?', 1)[0] ?? ''
    notes.push(note('path.encoded_fragment', { path }))
  }
  if (request.originalUrl.length > LONG_URL_BYTES) {
    notes.push(note('limit.get_url_long', { bytes: request.originalUrl.length }))
  }
  return notes
}
