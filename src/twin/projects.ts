import { parseProjectId } from '../access/authenticate.ts'
import { hashSecret, newSecret } from '../access/secrets.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Db } from '../store/db.ts'
import type { ProjectName } from '../store/named-projects.ts'
import {
  deleteProject,
  findProject,
  insertProject,
  replaceCredentials,
  resetProject,
  updateProject,
} from '../store/projects.ts'
import type { NewProjectBody, ProjectChangeBody } from './schemas.ts'

/** Why a request about projects is refused. */
export type ProjectError =
  | { readonly code: 'unknown_project' }
  | { readonly code: 'token_taken' }
  | { readonly code: 'unknown_timezone'; readonly timezone: string }
  | { readonly code: 'has_records' }

/** What these functions work with: the store, and the memory to clear when a project changes. */
export interface TwinDeps {
  readonly db: Db
  /** Now by the server's clock, in ms since the epoch. */
  readonly clock: () => number
  readonly projects: { forget(projects: Iterable<Project>): void }
  readonly names: { forget(projectId: number): void }
  readonly faults: { forget(project: Project): void }
  readonly purger: { kick(): void }
}

/** A project as the API shows it. */
export function showProject(project: Project) {
  return {
    project_id: project.publicId,
    name: project.name,
    token: project.token,
    id_management: project.idManagement,
    timezone: project.timezone,
    settings: project.settings,
    created_at: new Date(project.createdAtMs).toISOString(),
    ...(project.clockOffsetMs !== 0 && { clock: { offset_ms: project.clockOffsetMs } }),
  }
}

interface IssuedCredentials {
  readonly secret: string
  readonly service_account: { readonly username: string; readonly secret: string }
}

function issueCredentials(): IssuedCredentials {
  // As long as a secret: a name that is taken would cost somebody a project.
  const username = `twin.${newSecret()}.mp-service-account`
  return { secret: newSecret(), service_account: { username, secret: newSecret() } }
}

function accountOf(issued: IssuedCredentials) {
  const { username, secret } = issued.service_account
  return { username, secretHash: hashSecret(secret) }
}

/** Makes a project; its secrets are in this answer and never again. */
export async function createProject(
  body: NewProjectBody,
  deps: TwinDeps,
): Promise<Result<ReturnType<typeof showProject> & IssuedCredentials, ProjectError>> {
  const timezone = body.timezone ?? 'UTC'
  if (!isTimezone(timezone)) return err({ code: 'unknown_timezone', timezone })
  const token = body.token ?? newSecret()
  const issued = issueCredentials()
  const added = {
    token,
    name: body.name ?? token,
    idManagement: body.id_management ?? 'simplified',
    timezone,
    settings: body.settings ?? {},
    secretHash: hashSecret(issued.secret),
  }
  const project = await insertProject(deps.db, added, accountOf(issued))
  return project === undefined ? err({ code: 'token_taken' }) : ok({ ...showProject(project), ...issued })
}

/** Finds the project that a path names by id or by token. */
export async function findByIdOrToken(
  name: string,
  deps: Pick<TwinDeps, 'db'>,
): Promise<Result<Project, ProjectError>> {
  const byToken = await findProject(deps.db, { token: toStorable(name) })
  const id = parseProjectId(name)
  const project = byToken ?? (id === undefined ? undefined : await findProject(deps.db, { publicId: id }))
  return project === undefined ? err({ code: 'unknown_project' }) : ok(project)
}

/** What waiting for a project works with. */
export interface AwaitingDeps extends Pick<TwinDeps, 'db'> {
  readonly watcher: {
    appearance(name: ProjectName, signal: AbortSignal): Promise<Project | undefined>
  }
}

/** The same, waiting for it to be made until the signal is aborted. */
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

/** Changes what the body names; the identity system only while the project is empty (IDS-34). */
export async function changeProject(
  project: Project,
  body: ProjectChangeBody,
  deps: TwinDeps,
): Promise<Result<Project, ProjectError>> {
  if (body.timezone !== undefined && !isTimezone(body.timezone)) {
    return err({ code: 'unknown_timezone', timezone: body.timezone })
  }
  const { name, timezone, settings, id_management: idManagement } = body
  const change = { name, idManagement, timezone, settings }
  const result = await updateProject(deps.db, project.publicId, change, deps.clock())
  deps.projects.forget([project])
  return result.kind === 'changed' ? ok(result.project) : err({ code: result.kind })
}

/** Deletes a project with all its data. */
export async function removeProject(project: Project, deps: TwinDeps): Promise<void> {
  await deleteProject(deps.db, project.publicId)
  deps.purger.kick()
  deps.projects.forget([project])
  deps.faults.forget(project)
}

/** Forgets what was recorded, the project's faults and its clock; keeps the project, its settings and credentials. */
export async function emptyProject(project: Project, deps: TwinDeps): Promise<void> {
  await resetProject(deps.db, project.publicId)
  deps.names.forget(project.id)
  deps.faults.forget(project)
  deps.projects.forget([project])
  deps.purger.kick()
}

/** Gives a project new credentials in place of the old: the way to those of one that a token has made. */
export async function renewCredentials(project: Project, deps: TwinDeps): Promise<IssuedCredentials> {
  const issued = issueCredentials()
  await replaceCredentials(deps.db, project.publicId, hashSecret(issued.secret), accountOf(issued))
  return issued
}

/** True for an IANA name. Offsets such as +02:00 are none: Postgres reads their sign the other way round. */
function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
