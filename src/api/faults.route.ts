import type { FastifyInstance } from 'fastify'
import { checkFault } from '../core/faults/fault.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { type BoundFault, type BoundProject, boundTo, type ServerFaults } from '../http/armed-faults.ts'
import { sendProblem } from '../http/problem.ts'
import {
  DELETE_FAULTS,
  DELETE_PROJECT_FAULTS,
  type FaultsBody,
  LIST_FAULTS,
  LIST_PROJECT_FAULTS,
  PUT_FAULTS,
  PUT_PROJECT_FAULTS,
  type SetFaults,
} from './faults.shape.ts'
import { type FindProjectDeps, findByIdOrToken } from './find-project.ts'
import { addRoute, type ProjectDeps, projectRoutes } from './routing/add-routes.ts'

export interface FaultRouteDeps extends FindProjectDeps, ProjectDeps {
  readonly faults: ServerFaults
  /** True for an unknown token for which the first event would create a project (DEC-05). */
  readonly makesProject: (token: string) => boolean
}

/** `/_twin/faults`: makes Mixpanel's endpoints misbehave, and counts how often each fault has matched and fired. */
export function addFaultRoutes(app: FastifyInstance, deps: FaultRouteDeps): void {
  const { faults } = deps
  const options = { normaliseBody: wrapList }
  const addOfProject = projectRoutes(app, deps)
  addRoute(app, LIST_FAULTS, async () => await faults.list())
  addRoute(
    app,
    PUT_FAULTS,
    async (request, reply) => {
      const put = await putFaults(request.body, deps)
      return put.ok ? put.value : sendProblem(reply, 400, put.error)
    },
    options,
  )
  addRoute(app, DELETE_FAULTS, async () => await faults.put([]))
  addOfProject(LIST_PROJECT_FAULTS, async (project) => await faults.list(boundTo(project)))
  addOfProject(
    PUT_PROJECT_FAULTS,
    async (project, request, reply) => {
      const put = await putFaults(request.body, deps, project)
      return put.ok ? put.value : sendProblem(reply, 400, put.error)
    },
    options,
  )
  addOfProject(DELETE_PROJECT_FAULTS, async (project) => await faults.put([], boundTo(project)))
}

/** A bare list is read as a body with no other field. */
function wrapList(body: unknown): unknown {
  return Array.isArray(body) ? { faults: body } : body
}

/**
 * Replaces all faults, or those of one project, if all the new ones are valid. Errors: a sentence that names the field.
 */
async function putFaults(
  body: FaultsBody,
  deps: FaultRouteDeps,
  of?: Project,
): Promise<Result<SetFaults, string>> {
  const bound: BoundFault[] = []
  for (const [index, sent] of body.faults.entries()) {
    const where = `faults[${index}]`
    const fault = checkFault(body.seed === undefined ? sent : { seed: body.seed, ...sent })
    if (!fault.ok) return err(where + fault.error)
    if (of !== undefined && sent.project !== undefined) {
      return err(`${where}.project: the path names the project already; leave it out.`)
    }
    const project = of === undefined ? await findProject(sent.project, deps) : boundTo(of)
    if (project === null) return err(`${where}.project: no project has this id or token.`)
    bound.push({ fault: fault.value, project })
  }
  const owner = of && boundTo(of)
  await deps.faults.put(bound, owner)
  return ok(await deps.faults.list(owner))
}

/** The project that a fault names: undefined if it names none, null if there is no such project. */
async function findProject(
  name: string | number | undefined,
  deps: FaultRouteDeps,
): Promise<BoundProject | undefined | null> {
  if (name === undefined) return undefined
  const found = await findByIdOrToken(String(name), deps)
  if (found.ok) return boundTo(found.value)
  return typeof name === 'string' && deps.makesProject(name) ? { publicId: undefined, token: name } : null
}
