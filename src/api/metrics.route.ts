import type { FastifyInstance } from 'fastify'
import type { OtherProcesses } from '../http/shared-parts.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { METRICS } from './metrics.shape.ts'
import { addRoute } from './routing/add-routes.ts'

export interface MetricsRouteDeps {
  readonly metrics: Metrics
  readonly others: Pick<OtherProcesses, 'collectAll'> | undefined
}

/** `GET /metrics`: the server's metrics, for Prometheus; of all its processes, added up. */
export function addMetricsRoutes(app: FastifyInstance, { metrics, others }: MetricsRouteDeps): void {
  addRoute(app, METRICS, async (_request, reply) => {
    // Loaded on the first request, which saves 35 ms at every start.
    const { expose, exposeAll } = await import('../metrics/exposition.ts')
    const exposed = others === undefined ? expose(metrics.families()) : exposeAll(await others.collectAll())
    const { contentType, text } = await exposed
    return await reply.header('content-type', contentType).send(text)
  })
}
