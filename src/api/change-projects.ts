import { hashSecret, newSecret } from '../access/secrets.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { boundTo, type ServerFaults } from '../http/armed-faults.ts'
import type { Db } from '../store/db.ts'
import {
  deleteProject,
  insertProject,
  replaceCredentials,
  resetProject,
  updateProject,
} from '../store/projects.ts'
import type { ProjectError } from './project-error.ts'
import type { NewProjectBody, ProjectChangeBody } from './projects.shape.ts'

/** The store, and the caches to clear when a project changes. */
export interface ProjectChangeDeps {
  readonly db: Db
  /** The server's current time, in ms since the epoch. */
  readonly clock: () => number
  readonly projects: { forgetEverywhere(projects: Iterable<Project>): Promise<void> }
  readonly names: { forget(projectId: number): void }
  readonly faults: Pick<ServerFaults, 'put'>
  readonly purger: { kick(): void }
}

/** A project in the form of the API. */
export function showProject(project: Project & { readonly similarTo?: string | undefined }) {
  return {
    project_id: project.publicId,
    name: project.name,
    token: project.token,
    id_management: project.idManagement,
    timezone: project.timezone,
    settings: project.settings,
    created_at: new Date(project.createdAtMs).toISOString(),
    ...(project.similarTo !== undefined && { similar_to: project.similarTo }),
    ...(project.clockOffsetMs !== 0 && { clock: { offset_ms: project.clockOffsetMs } }),
  }
}

interface IssuedCredentials {
  readonly secret: string
  readonly service_account: { readonly username: string; readonly secret: string }
}

function issueCredentials(): IssuedCredentials {
  // As long as a secret, so that it is never taken: a collision would cost somebody a project.
  const username = `twin.${newSecret()}.mp-service-account`
  return { secret: newSecret(), service_account: { username, secret: newSecret() } }
}

function accountOf(issued: IssuedCredentials) {
  const { username, secret } = issued.service_account
  return { username, secretHash: hashSecret(secret) }
}

/** Creates a project. Its secrets are in this answer only. */
export async function createProject(
  body: NewProjectBody,
  deps: ProjectChangeDeps,
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

/** Changes the fields in the body; the identity system only while the project is empty (IDS-34). */
export async function changeProject(
  project: Project,
  body: ProjectChangeBody,
  deps: ProjectChangeDeps,
): Promise<Result<Project, ProjectError>> {
  if (body.timezone !== undefined && !isTimezone(body.timezone)) {
    return err({ code: 'unknown_timezone', timezone: body.timezone })
  }
  const { name, timezone, settings, id_management: idManagement } = body
  const change = { name, idManagement, timezone, settings }
  const result = await updateProject(deps.db, project.publicId, change, deps.clock())
  await deps.projects.forgetEverywhere([project])
  return result.kind === 'changed' ? ok(result.project) : err({ code: result.kind })
}

/** Deletes a project with all its data. */
export async function removeProject(project: Project, deps: ProjectChangeDeps): Promise<void> {
  await deleteProject(deps.db, project.publicId)
  deps.purger.kick()
  await deps.projects.forgetEverywhere([project])
  await deps.faults.put([], boundTo(project))
}

/** Deletes the project's records, faults and clock; keeps the project, its settings and credentials. */
export async function emptyProject(project: Project, deps: ProjectChangeDeps): Promise<void> {
  await resetProject(deps.db, project.publicId)
  deps.names.forget(project.id)
  await deps.faults.put([], boundTo(project))
  await deps.projects.forgetEverywhere([project])
  deps.purger.kick()
}

/** Replaces the credentials of a project. For a project created by its token, this is the way to get any. */
export async function renewCredentials(
  project: Project,
  deps: ProjectChangeDeps,
): Promise<IssuedCredentials> {
  const issued = issueCredentials()
  await replaceCredentials(deps.db, project.publicId, hashSecret(issued.secret), accountOf(issued))
  return issued
}

/** True for an IANA name, false for an offset such as +02:00: Postgres reads its sign the other way round. */
function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
