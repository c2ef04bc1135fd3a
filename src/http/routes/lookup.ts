import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { nowOf } from '../../core/clock.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { parseQuery } from '../../core/decode/params.ts'
import { FairQueue } from '../../core/fair-queue.ts'
import {
  answerLookupTables,
  answerReplacement,
  type LookupAnswer,
  type LookupDeps,
} from '../../ingest/answer-lookup-tables.ts'
import type { Commits } from '../../ingest/commits.ts'
import { keepFindings } from '../../ingest/keep-findings.ts'
import { addressOf } from '../address.ts'
import { type RoomDeps, refuseWithoutRoom } from '../refuse-without-room.ts'
import { send, setVerdictHeader } from '../send.ts'

export interface LookupRouteDeps extends Omit<LookupDeps, 'queue'>, RoomDeps {
  readonly commits: Commits
}

/** Concurrent replacements, each on its own connection; others wait. */
const MAX_REPLACEMENTS = 2
const MAX_WAITING = 16

/** `GET /lookup-tables` and `PUT /lookup-tables/:id` (LKP-01, LKP-02); the body is streamed. */
export function lookupRoutes(app: FastifyInstance, access: LookupRouteDeps): void {
  const deps = { ...access, queue: new FairQueue({ atOnce: MAX_REPLACEMENTS, waitingPerKey: MAX_WAITING }) }
  app.register(async (scope) => {
    refuseWithoutRoom(scope, deps, (method) => method === 'PUT')
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _body, done) => done(null))
    scope.decorateRequest('sentContentType', undefined)
    // The body is CSV with any Content-Type; Fastify would refuse a malformed one.
    scope.addHook('onRequest', (request, _reply, done) => {
      request.sentContentType = request.raw.headers['content-type']
      delete request.raw.headers['content-type']
      done()
    })
    scope.get('/lookup-tables', async (request, reply) => {
      return await sendAnswer(request, reply, await answerLookupTables(claimOf(request), deps), deps)
    })
    scope.put<{ Params: { id: string } }>('/lookup-tables/:id', async (request, reply) => {
      const { headers, raw } = request
      const replacement = {
        ...claimOf(request),
        tableId: request.params.id,
        body: raw,
        contentLength: Number(headers['content-length'] ?? 0),
        encoding: (headers['content-encoding'] ?? '').trim().toLowerCase(),
        contentType: request.sentContentType ?? '',
      }
      return await sendAnswer(request, reply, await answerReplacement(replacement, deps), deps)
    })
  })
}

async function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  { plan, findings, project }: LookupAnswer,
  deps: LookupRouteDeps,
): Promise<FastifyReply> {
  const kept = findings.map((finding) => ({ finding, ids: [] }))
  await keepFindings(
    // Not stored: a request over the limit must not cause a write.
    kept.filter(({ finding }) => finding.code !== 'limit.rate'),
    {
      project,
      endpoint: request.routeOptions.url ?? '',
      nowMs: project === undefined ? deps.clock() : nowOf(project, deps.clock()),
      outcomeKind: plan.status === 200 ? 'stored' : 'rejected',
      sender: addressOf(request),
    },
    deps.commits,
  )
  setVerdictHeader(reply, kept)
  return send(reply, plan)
}

function claimOf(request: FastifyRequest) {
  const projectId = parseQuery(request.url).get('project_id')
  const credentials = parseAuthorization(request.headers.authorization)
  return { credentials, address: addressOf(request), projectId }
}
