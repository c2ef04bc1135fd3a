import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
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
import { NewProjectBody, ProjectChangeBody, ProjectParams } from '../../twin/schemas.ts'
import { sendProblem } from '../problem.ts'

/** `/_twin/projects`: make, list, read, change, reset, delete. */
export function twinProjectRoutes(plain: FastifyInstance, deps: TwinDeps): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>()
  const one = { schema: { params: ProjectParams } }
  app.post(
    '/_twin/projects',
    { schema: { body: NewProjectBody }, preValidation: emptyBody },
    async (request, reply) => {
      return sendResult(reply, 201, await createProject(request.body, deps))
    },
  )
  app.get('/_twin/projects', async () => ({ projects: await readProjects(deps) }))
  app.get('/_twin/projects/:project', one, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    return project.ok ? await reply.send(showProject(project.value)) : sendFault(reply, project.error)
  })
  app.patch(
    '/_twin/projects/:project',
    { schema: { params: ProjectParams, body: ProjectChangeBody } },
    async (request, reply) => {
      const project = await findByIdOrToken(request.params.project, deps)
      const changed = project.ok ? await changeProject(project.value, request.body, deps) : project
      return changed.ok ? await reply.send(showProject(changed.value)) : sendFault(reply, changed.error)
    },
  )
  app.delete('/_twin/projects/:project', one, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    await removeProject(project.value, deps)
    return await reply.code(204).send()
  })
  app.post('/_twin/projects/:project/reset', one, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    await emptyProject(project.value, deps)
    return await reply.code(204).send()
  })
  app.post('/_twin/projects/:project/credentials', one, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    return await reply.code(201).send(await renewCredentials(project.value, deps))
  })
}

/** A body may be left out where every field of it may. */
async function emptyBody(request: { body: unknown }): Promise<void> {
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
