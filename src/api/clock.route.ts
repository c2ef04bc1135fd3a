import type { FastifyInstance } from 'fastify'
import { nowOf, parseClock } from '../core/clock.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { sendProblem } from '../http/problem.ts'
import { setClockOffset } from '../store/project-clock.ts'
import type { ProjectChangeDeps } from './change-projects.ts'
import { READ_CLOCK, RESET_CLOCK, SET_CLOCK } from './clock.shape.ts'
import { type ProjectError, sendProjectError } from './project-error.ts'
import { type ProjectDeps, projectRoutes } from './routing/add-routes.ts'

type ClockDeps = Pick<ProjectChangeDeps, 'db' | 'projects' | 'clock'>

/** `/_twin/projects/:project/clock`: a project's time, for windows and retention periods that no test can wait for. */
export function addClockRoutes(app: FastifyInstance, deps: ClockDeps & ProjectDeps): void {
  const addOfProject = projectRoutes(app, deps)
  addOfProject(READ_CLOCK, async (project) => showClock(project, deps))
  addOfProject(SET_CLOCK, async (project, request, reply) => {
    const offset = parseClock(request.body, deps.clock())
    if (!offset.ok) return sendProblem(reply, 400, offset.error)
    const set = await setClock(project, offset.value, deps)
    return set.ok ? showClock(set.value, deps) : sendProjectError(reply, set.error)
  })
  addOfProject(RESET_CLOCK, async (project, _request, reply) => {
    const reset = await setClock(project, 0, deps)
    return reset.ok ? undefined : sendProjectError(reply, reset.error)
  })
}

/** The clock keeps running from the time that it was set to. */
function showClock(project: Project, { clock }: ClockDeps) {
  const nowMs = nowOf(project, clock())
  return { now: new Date(nowMs).toISOString(), now_ms: nowMs, offset_ms: project.clockOffsetMs }
}

async function setClock(
  project: Project,
  offsetMs: number,
  { db, projects, clock }: ClockDeps,
): Promise<Result<Project, ProjectError>> {
  const changed = await setClockOffset(db, project.publicId, offsetMs, clock())
  await projects.forgetEverywhere([project])
  return changed === undefined ? err({ code: 'unknown_project' }) : ok(changed)
}
