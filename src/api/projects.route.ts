import type { FastifyInstance } from 'fastify'
import { parseQuery } from '../core/decode/params.ts'
import { sendProblem } from '../http/problem.ts'
import { parseProjectsQuery, readProjects } from '../read/projects.ts'
import {
  changeProject,
  createProject,
  emptyProject,
  type ProjectChangeDeps,
  removeProject,
  renewCredentials,
  showProject,
} from './change-projects.ts'
import { sendProjectError } from './project-error.ts'
import {
  CHANGE_PROJECT,
  CREATE_PROJECT,
  DELETE_PROJECT,
  LIST_PROJECTS,
  READ_PROJECT,
  RENEW_CREDENTIALS,
  RESET_PROJECT,
} from './projects.shape.ts'
import { addRoute, type ProjectDeps, projectRoutes } from './routing/add-routes.ts'

export interface ProjectRouteDeps extends ProjectChangeDeps, ProjectDeps {
  /** Wakes requests that wait for a project. */
  readonly watcher: { hurry(): void }
}

/** `/_twin/projects`: create, list, read, change, reset and delete projects, and renew their credentials. */
export function addProjectRoutes(app: FastifyInstance, deps: ProjectRouteDeps): void {
  const addOfProject = projectRoutes(app, deps)
  addRoute(app, CREATE_PROJECT, async (request, reply) => {
    const made = await createProject(request.body, deps)
    deps.watcher.hurry()
    return made.ok ? made.value : sendProjectError(reply, made.error)
  })
  addRoute(app, LIST_PROJECTS, async (request, reply) => {
    const query = parseProjectsQuery(parseQuery(request.url))
    if (!query.ok) return sendProblem(reply, 400, query.error)
    const { projects, next } = await readProjects(query.value, deps.lookupDb)
    return { projects: projects.map(showProject), next }
  })
  addOfProject(READ_PROJECT, async (project) => showProject(project))
  addOfProject(CHANGE_PROJECT, async (project, request, reply) => {
    const changed = await changeProject(project, request.body, deps)
    return changed.ok ? showProject(changed.value) : sendProjectError(reply, changed.error)
  })
  addOfProject(DELETE_PROJECT, async (project) => await removeProject(project, deps))
  addOfProject(RESET_PROJECT, async (project) => await emptyProject(project, deps))
  addOfProject(RENEW_CREDENTIALS, async (project) => await renewCredentials(project, deps))
}
