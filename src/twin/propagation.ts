import type { Project } from '../core/project.ts'
import type { Result } from '../core/result.ts'
import { changeProject, type ProjectError, type TwinDeps } from './projects.ts'

/** How long queries take to show a merge of a project (IDS-32), as the API shows it. */
export function showPropagation({ settings }: Project) {
  return { delay_ms: settings.identity_propagation_ms }
}

/** Sets it: a short form of the setting. */
export async function setPropagation(
  project: Project,
  delayMs: number,
  deps: TwinDeps,
): Promise<Result<Project, ProjectError>> {
  return await changeProject(project, { settings: { identity_propagation_ms: delayMs } }, deps)
}
