import type { FastifyInstance } from 'fastify'
import type { Metrics } from '../../metrics/metrics.ts'

/** `GET /metrics`: the server's metrics, for Prometheus. */
export function metricsRoutes(app: FastifyInstance, { metrics }: { readonly metrics: Metrics }): void {
  app.get('/metrics', async (_request, reply) => {
    // Loaded by the first request, which saves every start 35 ms.
    const { expose } = await import('../../metrics/exposition.ts')
    const { contentType, text } = await expose(metrics.families())
    return await reply.header('content-type', contentType).send(text)
  })
}

/** Counts every answer. Call it before any route is added. */
export function countAnswers(app: FastifyInstance, { metrics }: { readonly metrics: Metrics }): void {
  app.addHook('onResponse', (request, reply, done) => {
    metrics.answered(request.routeOptions.url, reply.statusCode)
    done()
  })
}
