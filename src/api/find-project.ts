import { parseProjectId } from '../access/authenticate.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import type { ProjectName } from '../store/named-projects.ts'
import { findProject } from '../store/projects.ts'
import type { ProjectError } from './project-error.ts'

export interface FindProjectDeps {
  readonly db: Db
}

/** Finds the project that a path names by id or by token. A token takes precedence. */
export async function findByIdOrToken(
  name: string,
  deps: FindProjectDeps,
): Promise<Result<Project, ProjectError>> {
  const byToken = await findProject(deps.db, { token: toStorable(name) })
  const id = parseProjectId(name)
  const project = byToken ?? (id === undefined ? undefined : await findProject(deps.db, { publicId: id }))
  return project === undefined ? err({ code: 'unknown_project' }) : ok(project)
}

interface AwaitingDeps extends FindProjectDeps {
  readonly watcher: {
    appearance(name: ProjectName, signal: AbortSignal): Promise<Project | undefined>
  }
}

/** Like `findByIdOrToken`, but waits for the project to be created until the signal is aborted. */
export async function awaitProject(
  name: string,
  signal: AbortSignal,
  { db, watcher }: AwaitingDeps,
): Promise<Result<Project, ProjectError>> {
  const found = await findByIdOrToken(name, { db })
  if (found.ok || signal.aborted) return found
  const named = { token: toStorable(name), publicId: parseProjectId(name) }
  const project = await watcher.appearance(named, signal)
  return project === undefined ? found : ok(project)
}
