import type { FastifyInstance } from 'fastify'
import { nowOf } from '../core/clock.ts'
import { parseQuery } from '../core/decode/params.ts'
import { goneSignal } from '../http/client-gone.ts'
import { sendProblem } from '../http/problem.ts'
import { parseLimit } from '../read/limit.ts'
import { parseUsersCursor, showUser, showUsers } from '../read/users.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'
import { LIST_USERS, READ_USER } from './users.shape.ts'

/** `/_twin/projects/:project/users`: the users of a project, with their ids. */
export function addUserRoutes(app: FastifyInstance, deps: ProjectReadDeps): void {
  const { reads, clock } = deps
  const addOfProject = projectRoutes(app, deps)
  addOfProject(LIST_USERS, async (project, request, reply) => {
    const params = parseQuery(request.url)
    const limit = parseLimit(params.get('limit'))
    if (!limit.ok) return sendProblem(reply, 400, limit.error)
    const after = parseUsersCursor(params.get('after'))
    if (!after.ok) return sendProblem(reply, 400, after.error)
    const db = reads(project, goneSignal(reply))
    return await showUsers(project, after.value, limit.value, nowOf(project, clock()), db)
  })
  addOfProject(READ_USER, async (project, request, reply) => {
    const db = reads(project, goneSignal(reply))
    // An id may contain slashes, so it is the rest of the path.
    const user = await showUser(project, request.params['*'], nowOf(project, clock()), db)
    return user ?? sendProblem(reply, 404, 'No record has this id.')
  })
}
