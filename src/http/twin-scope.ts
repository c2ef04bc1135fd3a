import type { FastifyInstance } from 'fastify'
import { type GuardDeps, guardTwinApi } from './admin-access.ts'
import { handleTwinError } from './errors.ts'
import { refuseOtherParameters } from './known-parameters.ts'
import { takeOptionalJson } from './optional-json.ts'

/** What all routes of our own API have in common: who may ask, what is taken, and how it is refused. */
export function openTwinScope(app: FastifyInstance, deps: GuardDeps): void {
  guardTwinApi(app, deps)
  refuseOtherParameters(app)
  takeOptionalJson(app)
  app.setErrorHandler(handleTwinError)
}
