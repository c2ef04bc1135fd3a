import type { FastifyInstance } from 'fastify'
import { advanceTasks, type TaskDeps } from '../../twin/data-tasks.ts'
import { findByIdOrToken } from '../../twin/projects.ts'
import { ADVANCE_BODY, type AdvanceBody, type ProjectParams } from '../../twin/schemas.ts'
import { emptyBody, sendFault } from './twin-projects.ts'

/** `POST /_twin/projects/:project/advance`: does now what live takes days for (GDP-05). */
export function twinAdvanceRoutes(app: FastifyInstance, deps: TaskDeps): void {
  app.post<{ Params: ProjectParams; Body: AdvanceBody }>(
    '/_twin/projects/:project/advance',
    { schema: { body: ADVANCE_BODY }, preValidation: emptyBody },
    async (request, reply) => {
      const project = await findByIdOrToken(request.params.project, deps)
      if (!project.ok) return sendFault(reply, project.error)
      const tasks = await advanceTasks(project.value, request.body.to ?? 'SUCCESS', deps)
      return tasks.ok ? await reply.send({ tasks: tasks.value }) : sendFault(reply, { code: tasks.error })
    },
  )
}
