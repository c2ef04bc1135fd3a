import type { FastifyInstance } from 'fastify'
import { type GuardDeps, guardTwinApi } from './admin-access.ts'
import { handleTwinError } from './errors.ts'
import { refuseOtherParameters } from './known-parameters.ts'
import { takeOptionalJson } from './optional-json.ts'

/** What all routes of our own API have in common: who may ask, what is taken, and how it is refused. */
export function openTwinScope(app: FastifyInstance, deps: GuardDeps): void {
  guardTwinApi(app, deps)
  // What is shown was sent by others: no browser is to take it for anything but what it is said to be.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    done()
  })
  refuseOtherParameters(app)
  takeOptionalJson(app)
  app.setErrorHandler(handleTwinError)
}
