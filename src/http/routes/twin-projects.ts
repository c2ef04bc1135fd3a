import type { FastifyInstance, FastifyReply } from 'fastify'
import { parseQuery } from '../../core/decode/params.ts'
import type { Result } from '../../core/result.ts'
import { parseProjectsQuery, readProjects } from '../../read/projects.ts'
import {
  changeProject,
  createProject,
  emptyProject,
  type ProjectError,
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
} from '../../twin/schemas.ts'
import { sendProblem } from '../problem.ts'
import { type ProjectDeps, projectRoutes, sendError } from '../project-routes.ts'

/** What these routes work with. */
interface ProjectRouteDeps extends TwinDeps, ProjectDeps {
  /** Wakes those who wait for a project. */
  readonly watcher: { hurry(): void }
}

/** `/_twin/projects`: make, list, read, change, reset, delete. */
export function twinProjectRoutes(app: FastifyInstance, deps: ProjectRouteDeps): void {
  const routes = projectRoutes(app, deps)
  app.post<{ Body: NewProjectBody }>(
    '/_twin/projects',
    { schema: { body: NEW_PROJECT_BODY }, preValidation: emptyBody },
    async (request, reply) => {
      const made = await createProject(request.body, deps)
      deps.watcher.hurry()
      return sendResult(reply, 201, made)
    },
  )
  app.get('/_twin/projects', async (request, reply) => {
    const query = parseProjectsQuery(parseQuery(request.url))
    if (!query.ok) return sendProblem(reply, 400, query.error)
    const { projects, next } = await readProjects(query.value, deps.lookupDb)
    return await reply.send({ projects: projects.map(showProject), next })
  })
  routes.get('/_twin/projects/:project', async (project, _request, reply) => {
    return await reply.send(showProject(project))
  })
  routes.patch<{ Body: ProjectChangeBody }>(
    '/_twin/projects/:project',
    { schema: { body: PROJECT_CHANGE_BODY } },
    async (project, request, reply) => {
      const changed = await changeProject(project, request.body, deps)
      return changed.ok ? await reply.send(showProject(changed.value)) : sendError(reply, changed.error)
    },
  )
  routes.delete('/_twin/projects/:project', async (project, _request, reply) => {
    await removeProject(project, deps)
    return await reply.code(204).send()
  })
  routes.post('/_twin/projects/:project/reset', async (project, _request, reply) => {
    await emptyProject(project, deps)
    return await reply.code(204).send()
  })
  routes.post('/_twin/projects/:project/credentials', async (project, _request, reply) => {
    return await reply.code(201).send(await renewCredentials(project, deps))
  })
}

/** A body may be left out where every field of it may. */
export async function emptyBody(request: { body: unknown }): Promise<void> {
  request.body ??= {}
}

function sendResult<T>(reply: FastifyReply, status: number, result: Result<T, ProjectError>): FastifyReply {
  return result.ok ? reply.code(status).send(result.value) : sendError(reply, result.error)
}
