import type { FastifyInstance } from 'fastify'
import { type GuardDeps, guardByAdminToken } from './admin-access.ts'
import { handleError } from './errors.ts'
import { refuseOtherParameters } from './known-parameters.ts'
import { takeOptionalJson } from './optional-json.ts'

/** Sets up what the guarded routes of our API share: access, accepted requests, and errors. */
export function openScope(app: FastifyInstance, deps: GuardDeps): void {
  guardByAdminToken(app, deps)
  // Answers contain data from other senders: browsers must not guess another content type.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    done()
  })
  refuseOtherParameters(app)
  takeOptionalJson(app)
  app.setErrorHandler(handleError)
}
