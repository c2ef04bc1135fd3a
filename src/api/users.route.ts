import type { FastifyInstance } from 'fastify'
import { nowOf } from '../core/clock.ts'
import { parseQuery } from '../core/decode/params.ts'
import { goneSignal } from '../http/client-gone.ts'
import { sendProblem } from '../http/problem.ts'
import { parseUsersQuery, showUsers } from '../read/list-users.ts'
import { showUser } from '../read/users.ts'
import { type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'
import { LIST_USERS, READ_USER } from './users.shape.ts'

/** `/_twin/projects/:project/users`: the users of a project, with their ids. */
export function addUserRoutes(app: FastifyInstance, deps: ProjectReadDeps): void {
  const { reads, clock } = deps
  const addOfProject = projectRoutes(app, deps)
  addOfProject(LIST_USERS, async (project, request, reply) => {
    const query = parseUsersQuery(parseQuery(request.url))
    if (!query.ok) return sendProblem(reply, 400, query.error)
    const db = reads(project, goneSignal(reply))
    return await showUsers(project, query.value, nowOf(project, clock()), db)
  })
  addOfProject(READ_USER, async (project, request, reply) => {
    const db = reads(project, goneSignal(reply))
    // An id may contain slashes, so it is the rest of the path.
    const user = await showUser(project, request.params['*'], nowOf(project, clock()), db)
    return user ?? sendProblem(reply, 404, 'No record has this id.')
  })
}
