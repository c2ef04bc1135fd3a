import type { FastifyInstance } from 'fastify'
import { type FaultDeps, putFaults } from '../../twin/faults.ts'
import { findByIdOrToken } from '../../twin/projects.ts'
import { FAULTS_BODY, type FaultsBody, type ProjectParams } from '../../twin/schemas.ts'
import { sendProblem } from '../problem.ts'
import { sendFault } from './twin-projects.ts'

const ALL = '/_twin/faults'
/** Those of one project, which tests that share a server can set without disturbing each other. */
const OF_PROJECT = '/_twin/projects/:project/faults'

/** `/_twin/faults`: makes Mixpanel's endpoints misbehave; read back with how often each has matched and fired. */
export function twinFaultRoutes(app: FastifyInstance, deps: FaultDeps): void {
  const body = { schema: { body: FAULTS_BODY }, preValidation: wrapList }
  app.get(ALL, async (_request, reply) => reply.send(deps.faults.list()))
  app.put<{ Body: FaultsBody }>(ALL, body, async (request, reply) => {
    const put = await putFaults(request.body, deps)
    return put.ok ? await reply.send(put.value) : sendProblem(reply, 400, put.error)
  })
  app.delete(ALL, async (_request, reply) => {
    deps.faults.put([])
    return await reply.code(204).send()
  })
  app.get<{ Params: ProjectParams }>(OF_PROJECT, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    return project.ok ? await reply.send(deps.faults.list(project.value)) : sendFault(reply, project.error)
  })
  app.put<{ Params: ProjectParams; Body: FaultsBody }>(OF_PROJECT, body, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    const put = await putFaults(request.body, deps, project.value)
    return put.ok ? await reply.send(put.value) : sendProblem(reply, 400, put.error)
  })
  app.delete<{ Params: ProjectParams }>(OF_PROJECT, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    deps.faults.forget(project.value)
    return await reply.code(204).send()
  })
}

/** A bare list is the body whose only field it is. */
async function wrapList(request: { body: unknown }): Promise<void> {
  if (Array.isArray(request.body)) request.body = { faults: request.body }
}
