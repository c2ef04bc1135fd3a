import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type AccessDeps, authenticate } from '../../access/authenticate.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { joinParams, type Params, parseQuery } from '../../core/decode/params.ts'
import { jsonReply, textReply } from '../../core/respond/plan.ts'
import { activityPieces, parseActivityQuery } from '../../read/activity.ts'
import { parseEventsQuery, readEvents } from '../../read/events.ts'
import { endEarly, exportLines, parseExportQuery } from '../../read/export.ts'
import { findByIdOrToken } from '../../twin/projects.ts'
import { sendProblem } from '../problem.ts'
import { send } from '../send.ts'
import { sendFault } from './twin-projects.ts'

/** Below this many bytes an export is not compressed (QRY-06). */
const GZIP_FROM_BYTES = 1_400

/** Who asks, and for which project: a service account or the project's secret (SEC-03). */
async function authenticateReader(request: FastifyRequest, params: Params, deps: AccessDeps) {
  const claimed = {
    credentials: parseAuthorization(request.headers.authorization),
    projectId: params.get('project_id'),
    hasApiKey: false,
    acceptsToken: false,
    needsAdmin: false,
  }
  return await authenticate(claimed, deps)
}

/** `GET /api/2.0/export`: the raw export (QRY-01 to QRY-07). */
export function exportRoutes(app: FastifyInstance, deps: AccessDeps): void {
  app.get('/api/2.0/export', async (request, reply) => {
    const params = paramsOf(request)
    const access = await authenticateReader(request, params, deps)
    if (!access.ok) return send(reply, textReply(401, access.error.text))
    const { project } = access.value
    const query = parseExportQuery(params, project, deps.clock())
    if (!query.ok) return send(reply, textReply(400, query.error))
    const whole = exportLines(query.value, project, deps.clock(), deps.db)
    const lines = request.fault?.fault.terminate_early === true ? endEarly(whole) : whole
    return await sendStream(request, reply.code(200).header('content-type', 'text/plain'), lines)
  })
}

/** `GET /api/query/stream/query`, and the older path: the activity of users (QRY-16). */
export function activityRoutes(app: FastifyInstance, deps: AccessDeps): void {
  for (const path of ['/api/query/stream/query', '/api/2.0/stream/query']) {
    app.get(path, async (request, reply) => {
      const params = paramsOf(request)
      const refuse = (status: number, error: string) =>
        send(reply, jsonReply(status, { request: path, error }))
      const access = await authenticateReader(request, params, deps)
      if (!access.ok) return refuse(401, access.error.text)
      const query = parseActivityQuery(params)
      if (!query.ok) return refuse(400, query.error)
      const pieces = activityPieces(query.value, access.value.project, deps.db)
      return await sendStream(request, reply.code(200).header('content-type', 'application/json'), pieces)
    })
  }
}

/** `GET /_twin/projects/:project/events`: what was stored. */
export function twinEventRoutes(app: FastifyInstance, deps: AccessDeps): void {
  app.get<{ Params: { project: string } }>('/_twin/projects/:project/events', async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    const query = parseEventsQuery(paramsOf(request), project.value)
    if (!query.ok) return sendProblem(reply, 400, query.error)
    return reply.type('application/json').send(await readEvents(query.value, project.value, deps.db))
  })
}

function paramsOf(request: FastifyRequest): Params {
  return joinParams(parseQuery(request.url), undefined)
}

/**
 * Streams text in pieces, compressed where the client asks and there is enough of it. The beginning is waited
 * for, to know whether there is, and so that an error before it has a status of its own.
 */
export async function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  pieces: AsyncGenerator<string>,
): Promise<FastifyReply> {
  let head = ''
  while (Buffer.byteLength(head) <= GZIP_FROM_BYTES) {
    const piece = await pieces.next()
    if (piece.done === true) break
    head += piece.value
  }
  const body = Readable.from(withHead(head, pieces), { objectMode: false })
  const wantsGzip = /\bgzip\b/i.test(String(request.headers['accept-encoding'] ?? ''))
  if (!wantsGzip || Buffer.byteLength(head) <= GZIP_FROM_BYTES) return await reply.send(body)
  const gzip = createGzip()
  body.on('error', (error) => gzip.destroy(error))
  return await reply
    .header('content-encoding', 'gzip')
    .header('vary', 'Accept-Encoding')
    .send(body.pipe(gzip))
}

async function* withHead(head: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (head !== '') yield head
  yield* rest
}
