import type { FastifyInstance } from 'fastify'
import { parseFlags } from '../../core/flags/parse-flags.ts'
import type { Json } from '../../core/json.ts'
import { putFlags, readFlags } from '../../twin/flags.ts'
import type { TwinDeps } from '../../twin/projects.ts'
import { sendProblem } from '../problem.ts'
import { type ProjectDeps, projectRoutes, sendError } from '../project-routes.ts'

const URL = '/_twin/projects/:project/flags'

/** `/_twin/projects/:project/flags`: a project's feature flags, all at once. A reset keeps them. */
export function twinFlagRoutes(app: FastifyInstance, deps: Pick<TwinDeps, 'db'> & ProjectDeps): void {
  const routes = projectRoutes(app, deps)
  routes.get(URL, async (project, _request, reply) => {
    return await reply.send({ flags: await readFlags(project, deps.db) })
  })
  routes.put<{ Body: Json | undefined }>(URL, async (project, request, reply) => {
    const flags = parseFlags(request.body)
    if (!flags.ok) return sendProblem(reply, 400, flags.error)
    const kept = await putFlags(project, flags.value, deps.db)
    return kept.ok ? await reply.send({ flags: kept.value }) : sendError(reply, kept.error)
  })
  routes.delete(URL, async (project, _request, reply) => {
    const emptied = await putFlags(project, [], deps.db)
    return emptied.ok ? await reply.code(204).send() : sendError(reply, emptied.error)
  })
}
