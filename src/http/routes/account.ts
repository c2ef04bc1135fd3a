import type { FastifyInstance } from 'fastify'
import { findMemberships } from '../../access/account.ts'
import type { AccessDeps } from '../../access/authenticate.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { jsonReply } from '../../core/respond/plan.ts'
import { addressOf } from '../address.ts'
import { askToWait, send } from '../send.ts'

/** `GET /api/app/me`: the projects of a service account (QRY-20). */
export function accountRoutes(app: FastifyInstance, deps: AccessDeps): void {
  app.get('/api/app/me', async (request, reply) => {
    const credentials = parseAuthorization(request.headers.authorization)
    const memberships = await findMemberships(credentials, addressOf(request), deps)
    if (!memberships.ok) {
      const { text, waitS } = memberships.error
      const status = askToWait(reply, waitS) ? 429 : 401
      return send(reply, jsonReply(status, { status: 'error', error: text }))
    }
    const projects = Object.fromEntries(memberships.value.map((membership) => [membership.id, membership]))
    return send(reply, jsonReply(200, { status: 'ok', results: { projects } }))
  })
}
