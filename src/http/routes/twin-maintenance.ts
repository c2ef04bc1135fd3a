import type { FastifyInstance } from 'fastify'
import { compact } from '../../twin/compact.ts'
import { advanceTasks, type TaskDeps } from '../../twin/data-tasks.ts'
import { ADVANCE_BODY, type AdvanceBody, COMPACT_BODY, type CompactBody } from '../../twin/schemas.ts'
import { sendProblem } from '../problem.ts'
import { type ProjectReadDeps, projectRoutes, sendError } from '../project-routes.ts'
import { emptyBody } from './twin-projects.ts'

/**
 * `/_twin/projects/:project/advance` and `…/compact`: do now, and surely, what live takes days for, or may do some day
 * (GDP-05, DDP-04). It can take as long as the slowest reads, so it takes their turns; what has begun is carried out, whoever
 * waits for it.
 */
export function twinMaintenanceRoutes(app: FastifyInstance, deps: TaskDeps & ProjectReadDeps): void {
  const routes = projectRoutes(app, deps)
  routes.post<{ Body: AdvanceBody }>(
    '/_twin/projects/:project/advance',
    { schema: { body: ADVANCE_BODY }, preValidation: emptyBody },
    async (project, request, reply) => {
      const own = { ...deps, db: deps.reads(project) }
      const tasks = await advanceTasks(project, request.body.to ?? 'SUCCESS', own)
      return tasks.ok ? await reply.send({ tasks: tasks.value }) : sendError(reply, { code: tasks.error })
    },
  )
  routes.post<{ Body: CompactBody }>(
    '/_twin/projects/:project/compact',
    { schema: { body: COMPACT_BODY }, preValidation: emptyBody },
    async (project, request, reply) => {
      const done = await compact(project, request.body, { db: deps.reads(project) })
      if (done.ok) return await reply.send(done.value)
      if (done.error === 'no_day') return sendProblem(reply, 400, 'day must be a day that there is.')
      return sendError(reply, { code: done.error })
    },
  )
}
