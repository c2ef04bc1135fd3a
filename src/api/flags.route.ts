import type { FastifyInstance } from 'fastify'
import { parseFlags } from '../core/flags/parse-flags.ts'
import { sendProblem } from '../http/problem.ts'
import { readFlags } from '../read/flags.ts'
import type { Db } from '../store/db.ts'
import { replaceFlags } from '../store/flags.ts'
import { DELETE_FLAGS, LIST_FLAGS, PUT_FLAGS } from './flags.shape.ts'
import { sendProjectError } from './project-error.ts'
import { type ProjectDeps, projectRoutes } from './routing/add-routes.ts'

interface FlagRouteDeps extends ProjectDeps {
  readonly db: Db
}

/** `/_twin/projects/:project/flags`: a project's feature flags, read and replaced as a whole. A reset keeps them. */
export function addFlagRoutes(app: FastifyInstance, deps: FlagRouteDeps): void {
  const { db } = deps
  const addOfProject = projectRoutes(app, deps)
  addOfProject(LIST_FLAGS, async (project) => ({ flags: await readFlags(project, db) }))
  addOfProject(PUT_FLAGS, async (project, request, reply) => {
    const flags = parseFlags(request.body)
    if (!flags.ok) return sendProblem(reply, 400, flags.error)
    const isKnown = await replaceFlags(db, project.publicId, flags.value)
    return isKnown
      ? { flags: await readFlags(project, db) }
      : sendProjectError(reply, { code: 'unknown_project' })
  })
  addOfProject(DELETE_FLAGS, async (project, _request, reply) => {
    const isKnown = await replaceFlags(db, project.publicId, [])
    return isKnown ? undefined : sendProjectError(reply, { code: 'unknown_project' })
  })
}
