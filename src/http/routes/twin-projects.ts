import type { FastifyInstance, FastifyReply } from 'fastify'
import { assertNever, type Result } from '../../core/result.ts'
import {
  changeProject,
  createProject,
  emptyProject,
  findByIdOrToken,
  type ProjectFault,
  readProjects,
  removeProject,
  renewCredentials,
  showProject,
  type TwinDeps,
} from '../../twin/projects.ts'
import {
  NEW_PROJECT_BODY,
  type NewProjectBody,
  PROJECT_CHANGE_BODY,
  type ProjectChangeBody,
  type ProjectParams,
} from '../../twin/schemas.ts'
import { sendProblem } from '../problem.ts'

/** `/_twin/projects`: make, list, read, change, reset, delete. */
export function twinProjectRoutes(app: FastifyInstance, deps: TwinDeps): void {
  app.post<{ Body: NewProjectBody }>(
    '/_twin/projects',
    { schema: { body: NEW_PROJECT_BODY }, preValidation: emptyBody },
    async (request, reply) => {
      return sendResult(reply, 201, await createProject(request.body, deps))
    },
  )
  app.get('/_twin/projects', async () => ({ projects: await readProjects(deps) }))
  app.get<{ Params: ProjectParams }>('/_twin/projects/:project', async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    return project.ok ? await reply.send(showProject(project.value)) : sendFault(reply, project.error)
  })
  app.patch<{ Params: ProjectParams; Body: ProjectChangeBody }>(
    '/_twin/projects/:project',
    { schema: { body: PROJECT_CHANGE_BODY } },
    async (request, reply) => {
      const project = await findByIdOrToken(request.params.project, deps)
      const changed = project.ok ? await changeProject(project.value, request.body, deps) : project
      return changed.ok ? await reply.send(showProject(changed.value)) : sendFault(reply, changed.error)
    },
  )
  app.delete<{ Params: ProjectParams }>('/_twin/projects/:project', async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    await removeProject(project.value, deps)
    return await reply.code(204).send()
  })
  app.post<{ Params: ProjectParams }>('/_twin/projects/:project/reset', async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    await emptyProject(project.value, deps)
    return await reply.code(204).send()
  })
  app.post<{ Params: ProjectParams }>('/_twin/projects/:project/credentials', async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    return await reply.code(201).send(await renewCredentials(project.value, deps))
  })
}

/** A body may be left out where every field of it may. */
export async function emptyBody(request: { body: unknown }): Promise<void> {
  request.body ??= {}
}

function sendResult<T>(reply: FastifyReply, status: number, result: Result<T, ProjectFault>): FastifyReply {
  return result.ok ? reply.code(status).send(result.value) : sendFault(reply, result.error)
}

/** Says in a sentence why a request about a project is refused. */
export function sendFault(reply: FastifyReply, fault: ProjectFault): FastifyReply {
  switch (fault.code) {
    case 'unknown_project':
      return sendProblem(reply, 404, 'No project has this id or token.')
    case 'token_taken':
      return sendProblem(reply, 409, 'Another project has this token.')
    case 'has_records':
      return sendProblem(
        reply,
        409,
        'id_management can be changed only while the project is empty: reset it first.',
      )
    case 'unknown_timezone':
      return sendProblem(
        reply,
        400,
        `timezone ${JSON.stringify(fault.timezone)} is not an IANA name such as Europe/Berlin.`,
      )
    default:
      return assertNever(fault)
  }
}
