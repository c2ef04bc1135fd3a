import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../http/problem.ts'
import { compact } from '../maintenance/compact.ts'
import { advanceTasks, type TaskDeps } from '../maintenance/data-tasks.ts'
import { ADVANCE_TASKS, COMPACT_PROJECT } from './maintenance.shape.ts'
import { sendProjectError } from './project-error.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'

export type MaintenanceRouteDeps = TaskDeps & ProjectReadDeps

/**
 * `/_twin/projects/:project/advance` and `…/compact`: do at once what takes Mixpanel days, or what it may do some day
 * (GDP-05, DDP-04). Both can take as long as the slowest reads, and so queue with them. Once started, the work is
 * completed even if the client disconnects.
 */
export function addMaintenanceRoutes(app: FastifyInstance, deps: MaintenanceRouteDeps): void {
  const addOfProject = projectRoutes(app, deps)
  addOfProject(ADVANCE_TASKS, async (project, request, reply) => {
    const db = deps.reads(project)
    const tasks = await advanceTasks(project, request.body.to ?? 'SUCCESS', { ...deps, db })
    return tasks.ok ? { tasks: tasks.value } : sendProjectError(reply, { code: tasks.error })
  })
  addOfProject(COMPACT_PROJECT, async (project, request, reply) => {
    const done = await compact(project, request.body.day, { db: deps.reads(project) })
    if (done.ok) return done.value
    if (done.error === 'no_day') return sendProblem(reply, 400, 'day must be a day that there is.')
    return sendProjectError(reply, { code: done.error })
  })
}
