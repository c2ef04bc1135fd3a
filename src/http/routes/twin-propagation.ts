import type { FastifyInstance } from 'fastify'
import type { TwinDeps } from '../../twin/projects.ts'
import { setPropagation, showPropagation } from '../../twin/propagation.ts'
import { PROPAGATION_BODY, type PropagationBody } from '../../twin/schemas.ts'
import { type ProjectDeps, projectRoutes, sendError } from '../project-routes.ts'

const PATH = '/_twin/projects/:project/propagation'

/** `/_twin/projects/:project/propagation`: how long queries take to show a merge (IDS-32). */
export function twinPropagationRoutes(app: FastifyInstance, deps: TwinDeps & ProjectDeps): void {
  const routes = projectRoutes(app, deps)
  routes.get(PATH, async (project, _request, reply) => reply.send(showPropagation(project)))
  const body = { schema: { body: PROPAGATION_BODY } }
  routes.put<{ Body: PropagationBody }>(PATH, body, async (project, request, reply) => {
    const changed = await setPropagation(project, request.body.delay_ms, deps)
    return changed.ok ? await reply.send(showPropagation(changed.value)) : sendError(reply, changed.error)
  })
}
