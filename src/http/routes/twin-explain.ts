import type { FastifyInstance } from 'fastify'
import type { TimeSlices } from '../../ingest/time-slices.ts'
import { type ExplainDeps, explain } from '../../twin/explain.ts'
import { EXPLAIN_BODY, type ExplainBody } from '../../twin/schemas.ts'

/** What explaining needs. */
export interface ExplainRouteDeps extends ExplainDeps {
  readonly slices: TimeSlices
}

/** Bytes of a body with records: two thousand of two kilobytes. */
const MAX_BODY_BYTES = 4_194_304

/** `POST /_twin/explain`: what would become of records, in each mode; nothing is written. */
export function twinExplainRoutes(app: FastifyInstance, { slices, ...deps }: ExplainRouteDeps): void {
  const options = { schema: { body: EXPLAIN_BODY }, bodyLimit: MAX_BODY_BYTES }
  app.post<{ Body: ExplainBody }>('/_twin/explain', options, async (request) => {
    return await slices.run(explain(request.body, deps))
  })
}
