import type { FastifyInstance } from 'fastify'
import { MAX_REQUEST_BYTES } from '../core/limits.ts'
import type { TimeSlices } from '../ingest/time-slices.ts'
import { EXPLAIN } from './explain.shape.ts'
import { type ExplainDeps, explain } from './explain.ts'
import { addRoute } from './routing/add-routes.ts'

export interface ExplainRouteDeps extends ExplainDeps {
  readonly slices: TimeSlices
}

/**
 * `POST /_twin/explain`: the effect of records in each identity system, without writing anything. The body limit is that of
 * /import.
 */
export function addExplainRoutes(app: FastifyInstance, { slices, ...deps }: ExplainRouteDeps): void {
  const options = { bodyLimit: MAX_REQUEST_BYTES }
  addRoute(app, EXPLAIN, async (request) => await slices.run(explain(request.body, deps)), options)
}
