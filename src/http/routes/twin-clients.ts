import type { FastifyInstance } from 'fastify'
import type { ClientLog } from '../../ingest/client-log.ts'
import { showClients } from '../../read/clients.ts'
import { goneSignal } from '../client-gone.ts'
import { type ProjectReadDeps, projectRoutes } from '../project-routes.ts'

/** What telling of clients needs. */
export interface ClientRouteDeps extends ProjectReadDeps {
  readonly clients: ClientLog
}

/** `GET /_twin/projects/:project/clients`: which SDKs have sent records, and what may surprise who works with them. */
export function twinClientRoutes(app: FastifyInstance, deps: ClientRouteDeps): void {
  projectRoutes(app, deps).get('/_twin/projects/:project/clients', async (project, _request, reply) => {
    // What this server has not written down yet is told too.
    await deps.clients.flush()
    return await reply.send(await showClients(project, deps.reads(project, goneSignal(reply))))
  })
}
