import type { FastifyInstance } from 'fastify'
import { findMemberships } from '../../access/account.ts'
import type { AccessDeps } from '../../access/authenticate.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { jsonReply } from '../../core/respond/plan.ts'
import { send } from '../send.ts'

/** `GET /api/app/me`: the projects of a service account (QRY-20). */
export function accountRoutes(app: FastifyInstance, deps: AccessDeps): void {
  app.get('/api/app/me', async (request, reply) => {
    const memberships = await findMemberships(parseAuthorization(request.headers.authorization), deps)
    if (memberships === undefined) {
      return send(reply, jsonReply(401, { status: 'error', error: 'Invalid service account credentials' }))
    }
    const projects = Object.fromEntries(memberships.map((own) => [own.id, own]))
    return send(reply, jsonReply(200, { status: 'ok', results: { projects } }))
  })
}
