import type { FastifyInstance } from 'fastify'
import { goneSignal } from '../http/client-gone.ts'
import { showClients } from '../read/clients.ts'
import { LIST_CLIENTS } from './clients.shape.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'

export interface ClientRouteDeps extends ProjectReadDeps {
  /** Writes the clients that the server's processes have not written yet. */
  readonly flushClients: () => Promise<void>
}

/** `GET /_twin/projects/:project/clients`: the SDKs that have sent records, and what may surprise their users. */
export function addClientRoutes(app: FastifyInstance, deps: ClientRouteDeps): void {
  projectRoutes(app, deps)(LIST_CLIENTS, async (project, _request, reply) => {
    await deps.flushClients()
    return await showClients(project, deps.reads(project, goneSignal(reply)))
  })
}
