import type { FastifyInstance } from 'fastify'
import { goneSignal } from '../http/client-gone.ts'
import type { ClientLog } from '../ingest/client-log.ts'
import { showClients } from '../read/clients.ts'
import { LIST_CLIENTS } from './clients.shape.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'

export interface ClientRouteDeps extends ProjectReadDeps {
  readonly clients: ClientLog
}

/** `GET /_twin/projects/:project/clients`: the SDKs that have sent records, and what may surprise their users. */
export function addClientRoutes(app: FastifyInstance, deps: ClientRouteDeps): void {
  projectRoutes(app, deps)(LIST_CLIENTS, async (project, _request, reply) => {
    // Includes what this server has not written to the database yet.
    await deps.clients.flush()
    return await showClients(project, deps.reads(project, goneSignal(reply)))
  })
}
