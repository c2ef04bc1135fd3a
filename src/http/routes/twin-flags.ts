import type { FastifyInstance } from 'fastify'
import { parseFlags } from '../../core/flags/parse-flags.ts'
import type { Json } from '../../core/json.ts'
import { putFlags, readFlags } from '../../twin/flags.ts'
import { findByIdOrToken, type TwinDeps } from '../../twin/projects.ts'
import type { ProjectParams } from '../../twin/schemas.ts'
import { sendProblem } from '../problem.ts'
import { sendFault } from './twin-projects.ts'

const URL = '/_twin/projects/:project/flags'

/** `/_twin/projects/:project/flags`: a project's feature flags, all at once. A reset keeps them. */
export function twinFlagRoutes(app: FastifyInstance, deps: Pick<TwinDeps, 'db'>): void {
  app.get<{ Params: ProjectParams }>(URL, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    return await reply.send({ flags: await readFlags(project.value, deps.db) })
  })
  app.put<{ Params: ProjectParams; Body: Json | undefined }>(URL, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    const flags = parseFlags(request.body)
    if (!flags.ok) return sendProblem(reply, 400, flags.error)
    const kept = await putFlags(project.value, flags.value, deps.db)
    return kept.ok ? await reply.send({ flags: kept.value }) : sendFault(reply, kept.error)
  })
  app.delete<{ Params: ProjectParams }>(URL, async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    const emptied = project.ok ? await putFlags(project.value, [], deps.db) : project
    return emptied.ok ? await reply.code(204).send() : sendFault(reply, emptied.error)
  })
}
