import type { FastifyInstance } from 'fastify'
import type { Commits } from '../ingest/commits.ts'
import { HEALTH, READY } from './health.shape.ts'
import { addRoute } from './routing/add-routes.ts'
import { refuseOtherParameters } from './routing/known-parameters.ts'

interface HealthDeps {
  readonly isReachable: () => Promise<boolean>
  readonly commits: Commits
  readonly isStopping: () => boolean
  /** Why no records can be taken, as a sentence. */
  readonly shortage: () => string | undefined
}

/**
 * `/_twin/health`: the process is alive. `/_twin/ready`: it can take events. Always open, and by HEAD for load
 * balancers.
 */
export function addHealthRoutes(app: FastifyInstance, deps: HealthDeps): void {
  refuseOtherParameters(app)
  const options = { exposeHeadRoute: true } as const
  addRoute(app, HEALTH, async () => ({ status: 'ok' as const }), options)
  addRoute(
    app,
    READY,
    async (_request, reply) => {
      const database = await deps.isReachable()
      const queue = !Object.values(deps.commits).some(({ isFull, isStalled }) => isFull || isStalled)
      const stopping = deps.isStopping()
      const reason = deps.shortage()
      const parts = { database, queue, stopping, ...(reason !== undefined && { reason }) }
      if (database && queue && !stopping && reason === undefined) return { status: 'ok' as const, ...parts }
      return await reply.code(503).send({ status: 'not_ready', ...parts })
    },
    options,
  )
}
