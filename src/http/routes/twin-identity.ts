import type { FastifyInstance, FastifyReply } from 'fastify'
import { nowOf } from '../../core/clock.ts'
import { type Params, parseQuery } from '../../core/decode/params.ts'
import type { Project } from '../../core/project.ts'
import { CATALOGUE } from '../../core/verdict/catalogue.ts'
import { parseLimit } from '../../read/limit.ts'
import { parseUsersCursor, showUser, showUsers } from '../../read/users.ts'
import { parseVerdictsQuery, showVerdictCounts, showVerdicts } from '../../read/verdicts.ts'
import { goneSignal } from '../client-gone.ts'
import { sendProblem } from '../problem.ts'
import { type ProjectReadDeps, projectRoutes } from '../project-routes.ts'

/** Who the users of a project are, what was told of its records, and the catalogue of what can be told. */
export function twinIdentityRoutes(app: FastifyInstance, deps: ProjectReadDeps): void {
  const { reads, clock } = deps
  const routes = projectRoutes(app, deps)
  app.get('/_twin/verdicts', async () => ({
    verdicts: Object.entries(CATALOGUE).map(([code, entry]) => ({ code, ...entry })),
  }))
  app.get('/_twin/verdicts/unrouted', async (request, reply) => {
    return await sendVerdicts(parseQuery(request.url), undefined, reply, deps)
  })
  routes.get('/_twin/projects/:project/verdicts', async (project, request, reply) => {
    return await sendVerdicts(parseQuery(request.url), project, reply, deps)
  })
  routes.get('/_twin/projects/:project/verdicts/counts', async (project, _request, reply) => {
    const db = reads(project, goneSignal(reply))
    return await reply.send(await showVerdictCounts(project, nowOf(project, clock()), db))
  })
  routes.get('/_twin/projects/:project/users', async (project, request, reply) => {
    const params = parseQuery(request.url)
    const limit = parseLimit(params.get('limit'))
    if (!limit.ok) return sendProblem(reply, 400, limit.error)
    const after = parseUsersCursor(params.get('after'))
    if (!after.ok) return sendProblem(reply, 400, after.error)
    const nowMs = nowOf(project, clock())
    const db = reads(project, goneSignal(reply))
    return await reply.send(await showUsers(project, after.value, limit.value, nowMs, db))
  })
  routes.get<{ Params: { readonly '*': string } }>(
    '/_twin/projects/:project/users/*',
    async (project, request, reply) => {
      const db = reads(project, goneSignal(reply))
      // An id may hold slashes, so it is all that follows.
      const user = await showUser(project, request.params['*'], nowOf(project, clock()), db)
      if (user === undefined) return sendProblem(reply, 404, 'No record has this id.')
      return await reply.send(user)
    },
  )
}

async function sendVerdicts(
  params: Params,
  project: Project | undefined,
  reply: FastifyReply,
  { reads, clock }: ProjectReadDeps,
): Promise<FastifyReply> {
  const query = parseVerdictsQuery(params, project)
  if (!query.ok) return sendProblem(reply, 400, query.error)
  const nowMs = project === undefined ? clock() : nowOf(project, clock())
  const db = reads(project, goneSignal(reply))
  return await reply.send(await showVerdicts(query.value, project, nowMs, db))
}
