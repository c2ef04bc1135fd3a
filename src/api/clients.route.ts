import type { FastifyInstance } from 'fastify'
import { goneSignal } from '../http/client-gone.ts'
import type { ClientLog } from '../ingest/client-log.ts'
import { showClients } from '../read/clients.ts'
import { LIST_CLIENTS } from './clients.shape.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'

/** What these routes work with. */
export interface ClientRouteDeps extends ProjectReadDeps {
  readonly clients: ClientLog
}

/** `GET /_twin/projects/:project/clients`: which SDKs have sent records, and what may surprise who works with them. */
export function addClientRoutes(app: FastifyInstance, deps: ClientRouteDeps): void {
  projectRoutes(app, deps)(LIST_CLIENTS, async (project, _request, reply) => {
    // What this server has not written down yet is shown too.
    await deps.clients.flush()
    return await showClients(project, deps.reads(project, goneSignal(reply)))
  })
}
