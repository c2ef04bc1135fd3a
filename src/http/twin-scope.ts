import type { FastifyInstance } from 'fastify'
import { type GuardDeps, guardTwinApi } from './admin-access.ts'
import { handleTwinError } from './errors.ts'
import { refuseOtherParameters } from './known-parameters.ts'
import { takeOptionalJson } from './optional-json.ts'

/** What all routes of our own API share: access, accepted bodies, and the format of errors. */
export function openTwinScope(app: FastifyInstance, deps: GuardDeps): void {
  guardTwinApi(app, deps)
  // Answers contain data of others, so browsers must not guess their type.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    done()
  })
  refuseOtherParameters(app)
  takeOptionalJson(app)
  app.setErrorHandler(handleTwinError)
}
