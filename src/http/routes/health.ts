import type { FastifyInstance } from 'fastify'
import type { Commits } from '../../ingest/commits.ts'

/** What readiness depends on. */
export interface HealthDeps {
  readonly isReachable: () => Promise<boolean>
  readonly commits: Commits
}

/**
 * `/_twin/health`: the process is alive. `/_twin/ready`: it can accept events. Always open; load balancers use HEAD.
 */
export function healthRoutes(app: FastifyInstance, deps: HealthDeps): void {
  app.get('/_twin/health', { exposeHeadRoute: true }, async () => ({ status: 'ok' }))
  app.get('/_twin/ready', { exposeHeadRoute: true }, async (_request, reply) => {
    const database = await deps.isReachable()
    const queue = !Object.values(deps.commits).some(({ isFull }) => isFull)
    const isReady = database && queue
    return await reply
      .code(isReady ? 200 : 503)
      .send({ status: isReady ? 'ok' : 'not_ready', database, queue })
  })
}
