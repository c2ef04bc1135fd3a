import type { FastifyInstance } from 'fastify'
import { parseQuery } from '../core/decode/params.ts'
import { goneSignal } from '../http/client-gone.ts'
import { sendProblem } from '../http/problem.ts'
import { parseEventsQuery, readEvents } from '../read/events.ts'
import { LIST_EVENTS } from './events.shape.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'

/** `GET /_twin/projects/:project/events`: the stored events. */
export function addEventRoutes(app: FastifyInstance, deps: ProjectReadDeps): void {
  projectRoutes(app, deps)(LIST_EVENTS, async (project, request, reply) => {
    const query = parseEventsQuery(parseQuery(request.url), project)
    if (!query.ok) return sendProblem(reply, 400, query.error)
    const db = deps.reads(project, goneSignal(reply))
    // Sent as text: stored JSON is not parsed and serialised again.
    return reply.type('application/json').send(await readEvents(query.value, project, db))
  })
}
