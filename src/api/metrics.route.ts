import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../metrics/metrics.ts'
import { METRICS } from './metrics.shape.ts'
import { addRoute } from './routing/add-routes.ts'

/** `GET /metrics`: the server's metrics, for Prometheus. */
export function addMetricsRoutes(app: FastifyInstance, { metrics }: { readonly metrics: Metrics }): void {
  addRoute(app, METRICS, async (_request, reply) => {
    // Loaded on the first request, which saves 35 ms at every start.
    const { expose } = await import('../metrics/exposition.ts')
    const { contentType, text } = await expose(metrics.families())
    return await reply.header('content-type', contentType).send(text)
  })
}
