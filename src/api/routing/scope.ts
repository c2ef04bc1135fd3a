import type { FastifyInstance } from 'fastify'
import { type GuardDeps, guardByAdminToken } from './admin-access.ts'
import { handleError } from './errors.ts'
import { refuseOtherParameters } from './known-parameters.ts'
import { takeOptionalJson } from './optional-json.ts'

/** What all guarded routes of our API have in common: who may ask, what is taken, and how it is refused. */
export function openScope(app: FastifyInstance, deps: GuardDeps): void {
  guardByAdminToken(app, deps)
  // What is shown was sent by others: no browser is to take it for anything but what it is said to be.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    done()
  })
  refuseOtherParameters(app)
  takeOptionalJson(app)
  app.setErrorHandler(handleError)
}
