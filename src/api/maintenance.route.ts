import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../http/problem.ts'
import { compact } from '../maintenance/compact.ts'
import { advanceTasks, type TaskDeps } from '../maintenance/data-tasks.ts'
import { ADVANCE_TASKS, COMPACT_PROJECT } from './maintenance.shape.ts'
import { sendProjectError } from './project-error.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'

/** What these routes work with. */
export type MaintenanceRouteDeps = TaskDeps & ProjectReadDeps

/**
 * `/_twin/projects/:project/advance` and `…/compact`: do now, and surely, what live takes days for, or may do some day
 * (GDP-05, DDP-04). It can take as long as the slowest reads, so it takes their turns; what has begun is carried out, whoever
 * waits for it.
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
