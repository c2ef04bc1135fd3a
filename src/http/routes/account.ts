import type { FastifyInstance } from 'fastify'
import { findMemberships } from '../../access/account.ts'
import type { AccessDeps } from '../../access/authenticate.ts'
import { parseAuthorization } from '../../core/decode/credentials.ts'
import { replyToMe } from '../../core/respond/account.ts'
import { jsonReply } from '../../core/respond/plan.ts'
import { addressOf } from '../address.ts'
import { explainRefusal, type RefusalDeps } from '../refused-access.ts'
import { send } from '../send.ts'

/** `GET /api/app/me`: the projects of a service account (QRY-20). */
export function accountRoutes(app: FastifyInstance, deps: AccessDeps & RefusalDeps): void {
  app.get('/api/app/me', async (request, reply) => {
    const credentials = parseAuthorization(request.headers.authorization)
    const memberships = await findMemberships(credentials, addressOf(request), deps)
    if (!memberships.ok) {
      const status = await explainRefusal(request, reply, memberships.error, deps)
      return send(reply, jsonReply(status, { status: 'error', error: memberships.error.text }))
    }
    return send(reply, replyToMe(memberships.value))
  })
}
