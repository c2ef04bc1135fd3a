import type { FastifyInstance } from 'fastify'
import { type ClockDeps, giveClockBack, setClock, showClock } from '../../twin/clock.ts'
import { CLOCK_BODY, type ClockBody } from '../../twin/schemas.ts'
import { sendProblem } from '../problem.ts'
import { type ProjectDeps, projectRoutes, sendError } from '../project-routes.ts'

const PATH = '/_twin/projects/:project/clock'

/** `/_twin/projects/:project/clock`: a project's own time, for windows and retention that no test can wait for. */
export function twinClockRoutes(app: FastifyInstance, deps: ClockDeps & ProjectDeps): void {
  const routes = projectRoutes(app, deps)
  routes.get(PATH, async (project, _request, reply) => reply.send(showClock(project, deps)))
  const body = { schema: { body: CLOCK_BODY } }
  routes.put<{ Body: ClockBody }>(PATH, body, async (project, request, reply) => {
    const set = await setClock(project, request.body, deps)
    if (set.ok) return await reply.send(showClock(set.value, deps))
    return typeof set.error === 'string' ? sendProblem(reply, 400, set.error) : sendError(reply, set.error)
  })
  routes.delete(PATH, async (project, _request, reply) => {
    const given = await giveClockBack(project, deps)
    return given.ok ? await reply.code(204).send() : sendError(reply, given.error)
  })
}
