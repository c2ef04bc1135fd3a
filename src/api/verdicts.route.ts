import type { FastifyInstance, FastifyReply } from 'fastify'
import { nowOf } from '../core/clock.ts'
import { parseQuery } from '../core/decode/params.ts'
import type { Project } from '../core/project.ts'
import { CATALOGUE } from '../core/verdict/catalogue.ts'
import { goneSignal } from '../http/client-gone.ts'
import { sendProblem } from '../http/problem.ts'
import { parseVerdictFilter, parseVerdictsQuery, showVerdictCounts, showVerdicts } from '../read/verdicts.ts'
import { addRoute, type ProjectReadDeps, projectRoutes } from './routing/add-routes.ts'
import { COUNT_VERDICTS, LIST_CATALOGUE, LIST_UNROUTED_VERDICTS, LIST_VERDICTS } from './verdicts.shape.ts'

/** The verdicts on the records of a project and of unknown projects, and the catalogue of all kinds. */
export function addVerdictRoutes(app: FastifyInstance, deps: ProjectReadDeps): void {
  const { reads, clock } = deps
  const addOfProject = projectRoutes(app, deps)
  addRoute(app, LIST_CATALOGUE, async () => ({
    verdicts: Object.entries(CATALOGUE).map(([code, entry]) => ({ code, ...entry })),
  }))
  addRoute(app, LIST_UNROUTED_VERDICTS, async (request, reply) => {
    return await readVerdictPage(request.url, undefined, reply, deps)
  })
  addOfProject(LIST_VERDICTS, async (project, request, reply) => {
    return await readVerdictPage(request.url, project, reply, deps)
  })
  addOfProject(COUNT_VERDICTS, async (project, request, reply) => {
    const filter = parseVerdictFilter(parseQuery(request.url), project)
    if (!filter.ok) return sendProblem(reply, 400, filter.error)
    const db = reads(project, goneSignal(reply))
    return await showVerdictCounts(filter.value, project, nowOf(project, clock()), db)
  })
}

async function readVerdictPage(
  url: string,
  project: Project | undefined,
  reply: FastifyReply,
  { reads, clock }: ProjectReadDeps,
) {
  const query = parseVerdictsQuery(parseQuery(url), project)
  if (!query.ok) return sendProblem(reply, 400, query.error)
  const nowMs = project === undefined ? clock() : nowOf(project, clock())
  return await showVerdicts(query.value, project, nowMs, reads(project, goneSignal(reply)))
}
