import type { FastifyInstance } from 'fastify'
import type { Project } from '../core/project.ts'
import { changeProject, type ProjectChangeDeps } from './change-projects.ts'
import { sendProjectError } from './project-error.ts'
import { READ_PROPAGATION, SET_PROPAGATION } from './propagation.shape.ts'
import { type ProjectDeps, projectRoutes } from './routing/add-routes.ts'

/**
 * `/_twin/projects/:project/propagation`: how long queries take to show a merge (IDS-32). A short form of the setting
 * `identity_propagation_ms`.
 */
export function addPropagationRoutes(app: FastifyInstance, deps: ProjectChangeDeps & ProjectDeps): void {
  const addOfProject = projectRoutes(app, deps)
  addOfProject(READ_PROPAGATION, async (project) => showPropagation(project))
  addOfProject(SET_PROPAGATION, async (project, request, reply) => {
    const settings = { identity_propagation_ms: request.body.delay_ms }
    const changed = await changeProject(project, { settings }, deps)
    return changed.ok ? showPropagation(changed.value) : sendProjectError(reply, changed.error)
  })
}

function showPropagation({ settings }: Project) {
  return { delay_ms: settings.identity_propagation_ms }
}
