import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessDeps } from '../../access/authenticate.ts'
import { joinParams, type Params, parseQuery } from '../../core/decode/params.ts'
import type { Project } from '../../core/project.ts'
import { CATALOGUE } from '../../core/verdict/catalogue.ts'
import { parseLimit } from '../../read/limit.ts'
import { parseUsersCursor, showUser, showUsers } from '../../read/users.ts'
import { parseVerdictsQuery, showVerdictCounts, showVerdicts } from '../../read/verdicts.ts'
import { findByIdOrToken } from '../../twin/projects.ts'
import type { ProjectParams } from '../../twin/schemas.ts'
import { sendProblem } from '../problem.ts'
import { sendFault } from './twin-projects.ts'

/** Who the users of a project are, what was told of its records, and the catalogue of what can be told. */
export function twinIdentityRoutes(app: FastifyInstance, deps: AccessDeps): void {
  const { db, clock } = deps
  app.get('/_twin/verdicts', async () => ({
    verdicts: Object.entries(CATALOGUE).map(([code, entry]) => ({ code, ...entry })),
  }))
  app.get('/_twin/verdicts/unrouted', async (request, reply) => {
    return await sendVerdicts(paramsOf(request), undefined, reply, deps)
  })
  app.get<{ Params: ProjectParams }>('/_twin/projects/:project/verdicts', async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    return await sendVerdicts(paramsOf(request), project.value, reply, deps)
  })
  app.get<{ Params: ProjectParams }>('/_twin/projects/:project/verdicts/counts', async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    return await reply.send(await showVerdictCounts(project.value, clock(), db))
  })
  app.get<{ Params: ProjectParams }>('/_twin/projects/:project/users', async (request, reply) => {
    const project = await findByIdOrToken(request.params.project, deps)
    if (!project.ok) return sendFault(reply, project.error)
    const params = paramsOf(request)
    const limit = parseLimit(params.get('limit'))
    if (!limit.ok) return sendProblem(reply, 400, limit.error)
    const after = parseUsersCursor(params.get('after'))
    if (!after.ok) return sendProblem(reply, 400, after.error)
    return await reply.send(await showUsers(project.value, after.value, limit.value, db))
  })
  app.get<{ Params: ProjectParams & { readonly '*': string } }>(
    '/_twin/projects/:project/users/*',
    async (request, reply) => {
      const project = await findByIdOrToken(request.params.project, deps)
      if (!project.ok) return sendFault(reply, project.error)
      // An id may hold slashes, so it is all that follows.
      const user = await showUser(project.value, request.params['*'], clock(), db)
      if (user === undefined) return sendProblem(reply, 404, 'No record has this id.')
      return await reply.send(user)
    },
  )
}

async function sendVerdicts(
  params: Params,
  project: Project | undefined,
  reply: FastifyReply,
  { db, clock }: AccessDeps,
): Promise<FastifyReply> {
  const query = parseVerdictsQuery(params, project)
  if (!query.ok) return sendProblem(reply, 400, query.error)
  return await reply.send(await showVerdicts(query.value, project, clock(), db))
}

function paramsOf(request: FastifyRequest): Params {
  return joinParams(parseQuery(request.url), undefined)
}
