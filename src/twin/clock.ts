import { type ClockSetting, nowOf, parseClock } from '../core/clock.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { setClockOffset } from '../store/project-clock.ts'
import type { ProjectError, TwinDeps } from './projects.ts'

/** What setting a clock needs. */
export type ClockDeps = Pick<TwinDeps, 'db' | 'projects' | 'clock'>

/** A project's clock as the API shows it: it runs on from the moment that it was set to. */
export function showClock(project: Project, { clock }: Pick<ClockDeps, 'clock'>) {
  const nowMs = nowOf(project, clock())
  return { now: new Date(nowMs).toISOString(), now_ms: nowMs, offset_ms: project.clockOffsetMs }
}

/** Sets a project's clock. Errors: a sentence on the body, or that the project is gone. */
export async function setClock(
  project: Project,
  body: ClockSetting,
  deps: ClockDeps,
): Promise<Result<Project, string | ProjectError>> {
  const offset = parseClock(body, deps.clock())
  return offset.ok ? await applyOffset(project, offset.value, deps) : offset
}

/** Gives a project the server's clock again. */
export async function giveClockBack(
  project: Project,
  deps: ClockDeps,
): Promise<Result<Project, ProjectError>> {
  return await applyOffset(project, 0, deps)
}

async function applyOffset(
  project: Project,
  offsetMs: number,
  deps: ClockDeps,
): Promise<Result<Project, ProjectError>> {
  const changed = await setClockOffset(deps.db, project.publicId, offsetMs, deps.clock())
  deps.projects.forget([project])
  return changed === undefined ? err({ code: 'unknown_project' }) : ok(changed)
}
