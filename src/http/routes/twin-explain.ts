import type { FastifyInstance } from 'fastify'
import { type ExplainDeps, explain } from '../../twin/explain.ts'
import { EXPLAIN_BODY, type ExplainBody } from '../../twin/schemas.ts'

/** `POST /_twin/explain`: what would become of records, in each mode; nothing is written. */
export function twinExplainRoutes(app: FastifyInstance, deps: ExplainDeps): void {
  app.post<{ Body: ExplainBody }>('/_twin/explain', { schema: { body: EXPLAIN_BODY } }, async (request) =>
    explain(request.body, deps),
  )
}
