import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { parseQuery } from '../../core/decode/params.ts'
import { FairQueue } from '../../core/fair-queue.ts'
import { answerLookupTables, answerReplacement, type LookupDeps } from '../../ingest/answer-lookup-tables.ts'
import { addressOf } from '../address.ts'
import { send } from '../send.ts'

/** Concurrent replacements, each on its own connection; others wait. */
const MAX_REPLACEMENTS = 2
const MAX_WAITING = 16

/** `GET /lookup-tables` and `PUT /lookup-tables/:id` (LKP-01, LKP-02); the body is streamed. */
export function lookupRoutes(app: FastifyInstance, access: Omit<LookupDeps, 'queue'>): void {
  const deps = { ...access, queue: new FairQueue({ atOnce: MAX_REPLACEMENTS, waitingPerKey: MAX_WAITING }) }
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, _body, done) => done(null))
    // The body is CSV whatever the Content-Type; Fastify would refuse a malformed one.
    scope.addHook('onRequest', (request, _reply, done) => {
      delete request.raw.headers['content-type']
      done()
    })
    scope.get('/lookup-tables', async (request, reply) => {
      return send(reply, await answerLookupTables(claimOf(request), deps))
    })
    scope.put<{ Params: { id: string } }>('/lookup-tables/:id', async (request, reply) => {
      const { headers, raw } = request
      const replacement = {
        ...claimOf(request),
        tableId: request.params.id,
        body: raw,
        contentLength: Number(headers['content-length'] ?? 0),
        encoding: (headers['content-encoding'] ?? '').trim().toLowerCase(),
      }
      return send(reply, await answerReplacement(replacement, deps))
    })
  })
}

function claimOf(request: FastifyRequest) {
  const projectId = parseQuery(request.url).get('project_id')
  const credentials = parseAuthorization(request.headers.authorization)
  return { credentials, address: addressOf(request), projectId }
}
