import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isKnownCaller } from '../../access/authenticate.ts'
import { nowOf } from '../../core/clock.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import {
  joinParams,
  type ParamList,
  type Params,
  parseBodyParams,
  parseQuery,
  TOO_MANY_PARAMS,
} from '../../core/decode/params.ts'
import { findMisspelt } from '../../core/paths/misspelt-parameters.ts'
import type { Project } from '../../core/project.ts'
import { jsonReply } from '../../core/respond/plan.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { keepFindings } from '../../ingest/keep-findings.ts'
import { activityPieces, parseActivityQuery } from '../../read/activity.ts'
import { annotationPieces, parseAnnotationsQuery } from '../../read/annotations.ts'
import {
  parsePropertiesQuery,
  parseTopQuery,
  parseValuesQuery,
  profilePropertyPieces,
  propertyNamePieces,
  topPieces,
  valuePieces,
} from '../../read/breakdowns.ts'
import {
  countPieces,
  namePieces,
  parseEventCountsQuery,
  parseNamesQuery,
  parsePropertyCountsQuery,
  parseSegmentationQuery,
} from '../../read/counts.ts'
import { parseRevenueQuery, parseStatsQuery, revenuePieces, statsPieces } from '../../read/profile-sums.ts'
import { answerProfilesQuery, parseProfilesQuery } from '../../read/profiles.ts'
import { error, type QueryAnswer, type QueryError } from '../../read/query-answer.ts'
import { averagePieces, parseSumQuery, sumPieces } from '../../read/sums.ts'
import { addressOf } from '../address.ts'
import { admitReader, type ReadClaim, type ReadDeps } from '../admit-reader.ts'
import type { BodyRoom } from '../body-room.ts'
import { goneSignal } from '../client-gone.ts'
import { takeRawBodies } from '../raw-body.ts'
import { handleReadError } from '../read-errors.ts'
import { receiveBytes } from '../receive.ts'
import { send, setVerdictHeader } from '../send.ts'
import { sendStream } from '../send-stream.ts'
import { route } from './ingest.ts'

export interface QueryRouteDeps extends ReadDeps {
  readonly room: BodyRoom
}

/** The limit of a form with ids or an expression. */
const MAX_BODY_BYTES = 1_048_576

type Ask = (
  params: Params,
  project: Project,
  nowMs: number,
  db: ReadDeps['db'],
) => Promise<Result<QueryAnswer, QueryError>>

/** How the query of a path is parsed and answered. */
function asking<Query>(
  parse: (params: Params, project: Project, nowMs: number) => Result<Query, string>,
  reply: (query: Query, project: Project, nowMs: number, db: ReadDeps['db']) => AsyncGenerator<string>,
): Ask {
  return async (params, project, nowMs, db) => {
    const query = parse(params, project, nowMs)
    return query.ok ? answer(reply(query.value, project, nowMs, db)) : err(error(query.error))
  }
}

/** The query API, and its older path: `/api/query/…`, `/api/2.0/…` (QRY-10 to QRY-19). */
export function queryRoutes(app: FastifyInstance, deps: QueryRouteDeps): void {
  const { newId } = deps
  takeRawBodies(app)
  app.setErrorHandler(handleReadError(refuse))
  const asks: Readonly<Record<string, Ask>> = {
    'stream/query': asking(parseActivityQuery, (query, project, _nowMs, db) =>
      activityPieces(query, project, db),
    ),
    segmentation: asking((params, _project, nowMs) => parseSegmentationQuery(params, nowMs), countPieces),
    'segmentation/sum': asking(parseSumQuery, sumPieces),
    'segmentation/average': asking(parseSumQuery, averagePieces),
    events: asking(parseEventCountsQuery, countPieces),
    'events/names': asking(parseNamesQuery, namePieces),
    'events/top': asking(parseTopQuery, topPieces),
    'events/properties': asking(parsePropertyCountsQuery, countPieces),
    'events/properties/top': asking(parsePropertiesQuery, propertyNamePieces),
    'events/properties/values': asking(parseValuesQuery, valuePieces),
    'engage/stats': asking(parseStatsQuery, statsPieces),
    'engage/revenue': asking(parseRevenueQuery, revenuePieces),
    annotations: asking(parseAnnotationsQuery, annotationPieces),
    'engage/properties': asking(parsePropertiesQuery, (query, project, _nowMs, db) =>
      profilePropertyPieces(query, project, db),
    ),
  }
  for (const [name, ask] of Object.entries(asks)) {
    serve(app, name, name === 'engage/stats' ? ['GET', 'POST'] : ['GET'], deps, ask)
  }
  // These cannot be saved here, so the lists are empty; a 404 would stop Airbyte.
  for (const name of ['cohorts/list', 'funnels/list']) {
    serve(app, name, ['GET', 'POST'], deps, async () => answer(none()))
  }
  serve(app, 'engage', ['GET', 'POST'], deps, async (params, project, nowMs, db) => {
    const query = parseProfilesQuery(params, project, nowMs)
    if (!query.ok) return err(error(query.error))
    return await answerProfilesQuery(query.value, project, nowMs, newId, db)
  })
}

async function* none(): AsyncGenerator<string> {
  yield '[]'
}

function answer(pieces: AsyncGenerator<string>): Result<QueryAnswer, never> {
  return ok({ pieces, findings: [] })
}

function serve(
  app: FastifyInstance,
  name: string,
  methods: readonly string[],
  deps: QueryRouteDeps,
  ask: Ask,
): void {
  for (const path of [`/api/query/${name}`, `/api/2.0/${name}`]) {
    route(app, path, (request, reply) => answerQuery(request, reply, deps, ask), methods)
  }
}

async function answerQuery(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: QueryRouteDeps,
  ask: Ask,
): Promise<FastifyReply> {
  const asking = await paramsOf(request, deps)
  if (!asking.ok) return refuse(request, reply, 400, asking.error)
  const { params, names, isBodyUnread } = asking.value
  const admitted = await admitReader({ kind: 'query', params, isBodyUnread }, request, reply, deps)
  if (!admitted.ok) {
    const { status, text } = admitted.error
    return refuse(request, reply, status, text)
  }
  if (parseQuery(request.url).isCut) return refuse(request, reply, 400, TOO_MANY_PARAMS)
  const project = admitted.value
  const nowMs = nowOf(project, deps.clock())
  const asked = await ask(params, project, nowMs, deps.reads(project, goneSignal(reply)))
  const misspelt = findMisspelt(names).map((finding) => ({ finding, ids: [] }))
  const findings = [...misspelt, ...(asked.ok ? asked.value : asked.error).findings]
  const endpoint = request.routeOptions.url ?? ''
  const outcomeKind = asked.ok ? 'stored' : 'rejected'
  await keepFindings(
    findings,
    { project, endpoint, nowMs, outcomeKind, sender: addressOf(request) },
    deps.commits,
  )
  setVerdictHeader(reply, findings)
  if (!asked.ok) return refuse(request, reply, 400, asked.error.text)
  reply.code(200).header('content-type', 'application/json')
  return await sendStream(request, reply, asked.value.pieces)
}

/** The parameters of a query, with all their names. */
type SentParams = Required<Pick<ReadClaim, 'params' | 'isBodyUnread'>> & Pick<ParamList, 'names'>

/**
 * The parameters of the URL, and of the body for names that the URL lacks. The body of an unknown caller is not read:
 * the URL is enough to refuse the request.
 */
async function paramsOf(request: FastifyRequest, deps: QueryRouteDeps): Promise<Result<SentParams, string>> {
  const query = parseQuery(request.url)
  const { names } = query
  if (request.method === 'GET') return ok({ params: query, names, isBodyUnread: false })
  if (!(await isKnownCaller(parseAuthorization(request.headers.authorization), addressOf(request), deps)))
    return ok({ params: query, names, isBodyUnread: true })
  const body = await receiveBytes(request, deps.room, MAX_BODY_BYTES)
  if (!body.ok) return err(body.error === 'too_large' ? 'the body is too large' : 'the body was not read')
  if (body.value.bytes === undefined) return ok({ params: query, names, isBodyUnread: false })
  const form = parseBodyParams(request.sentContentType, body.value.bytes)
  if (!form.ok) return form
  const all = [...names, ...form.value.names]
  return ok({ params: joinParams(query, form.value), names: all, isBodyUnread: false })
}

function refuse(request: FastifyRequest, reply: FastifyReply, status: number, error: string): FastifyReply {
  return send(reply, jsonReply(status, { request: request.originalUrl, error }))
}
