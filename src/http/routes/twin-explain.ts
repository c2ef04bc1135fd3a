import type { FastifyInstance } from 'fastify'
import { MAX_REQUEST_BYTES } from '../../core/limits.ts'
import type { TimeSlices } from '../../ingest/time-slices.ts'
import { type ExplainDeps, explain } from '../../twin/explain.ts'
import { EXPLAIN_BODY, type ExplainBody } from '../../twin/schemas.ts'

/** What explaining needs. */
export interface ExplainRouteDeps extends ExplainDeps {
  readonly slices: TimeSlices
}

/** `POST /_twin/explain`: what would become of records, in each mode; nothing is written. Takes as much as /import. */
export function twinExplainRoutes(app: FastifyInstance, { slices, ...deps }: ExplainRouteDeps): void {
  const options = { schema: { body: EXPLAIN_BODY }, bodyLimit: MAX_REQUEST_BYTES }
  app.post<{ Body: ExplainBody }>('/_twin/explain', options, async (request) => {
    return await slices.run(explain(request.body, deps))
  })
}
