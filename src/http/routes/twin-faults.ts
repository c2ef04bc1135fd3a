import type { FastifyInstance } from 'fastify'
import { FAULTS_BODY, type FaultsBody } from '../../twin/fault-schemas.ts'
import { type FaultDeps, putFaults } from '../../twin/faults.ts'
import { sendProblem } from '../problem.ts'
import { type ProjectDeps, projectRoutes } from '../project-routes.ts'

const ALL = '/_twin/faults'
/** Those of one project, which tests that share a server can set without disturbing each other. */
const OF_PROJECT = '/_twin/projects/:project/faults'

/** `/_twin/faults`: makes Mixpanel's endpoints misbehave; read back with how often each has matched and fired. */
export function twinFaultRoutes(app: FastifyInstance, deps: FaultDeps & ProjectDeps): void {
  const body = { schema: { body: FAULTS_BODY }, preValidation: wrapList }
  const routes = projectRoutes(app, deps)
  app.get(ALL, async (_request, reply) => reply.send(deps.faults.list()))
  app.put<{ Body: FaultsBody }>(ALL, body, async (request, reply) => {
    const put = await putFaults(request.body, deps)
    return put.ok ? await reply.send(put.value) : sendProblem(reply, 400, put.error)
  })
  app.delete(ALL, async (_request, reply) => {
    deps.faults.put([])
    return await reply.code(204).send()
  })
  routes.get(OF_PROJECT, async (project, _request, reply) => reply.send(deps.faults.list(project)))
  routes.put<{ Body: FaultsBody }>(OF_PROJECT, body, async (project, request, reply) => {
    const put = await putFaults(request.body, deps, project)
    return put.ok ? await reply.send(put.value) : sendProblem(reply, 400, put.error)
  })
  routes.delete(OF_PROJECT, async (project, _request, reply) => {
    deps.faults.forget(project)
    return await reply.code(204).send()
  })
}

/** A bare list is the body whose only field it is. */
async function wrapList(request: { body: unknown }): Promise<void> {
  if (Array.isArray(request.body)) request.body = { faults: request.body }
}
