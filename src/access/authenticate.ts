import type { Credentials } from '../core/decode/credentials.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { type Note, note } from '../core/verdict/note.ts'
import type { Db } from '../store/db.ts'
import { findProject, findProjectBySecretHash } from '../store/projects.ts'
import { findServiceAccount } from '../store/service-accounts.ts'
import { hashSecret, isSameSecret, matchesHash } from './secrets.ts'

/** A request for a project's data, and what the endpoint lets in (SEC-03). */
export interface AccessRequest {
  readonly credentials: Credentials
  /** The `project_id` parameter as sent. */
  readonly projectId: string | undefined
  /** An `api_key` parameter came along: no credential any more (IMP-08). */
  readonly hasApiKey: boolean
  /** The project token as Basic username opens /import, not the reads. */
  readonly acceptsToken: boolean
  /** The project's secret as Basic username opens it; so it is unless this is false. */
  readonly acceptsSecret?: boolean
  /** The role a service account needs: importing takes Owner or Admin (IMP-07). */
  readonly needsAdmin: boolean
}

/** A project that credentials opened. */
export interface Access {
  readonly project: Project
  readonly notes: readonly Note[]
}

/** Why not, in the words of the answer (IMP-06). */
export interface AccessFault {
  readonly text: string
  readonly notes: readonly Note[]
}

/** What checking credentials needs. */
export interface AccessDeps {
  readonly db: Db
  /** Finds a project by token, perhaps from memory. */
  readonly findByToken: (token: string) => Promise<Project | undefined>
  /** The bearer token that opens every project: TWINPANEL_ADMIN_TOKEN stands in for OAuth (IMP-04). */
  readonly adminToken: string | undefined
  /** Now, in ms since the epoch. */
  readonly clock: () => number
}

type Checked = Result<Access, AccessFault>

const INVALID_SECRET =
  'Unauthorized, invalid project secret. See docs for more information: ' +
  'https://developer.mixpanel.com/reference/authentication#project-secret'
const MISMATCH = 'Credentials in request did not match project_id URL parameter'
const INVALID = 'Invalid credentials'

/** Finds the project that credentials open, by the forms and in the order of IMP-04. */
export async function authenticate(request: AccessRequest, deps: AccessDeps): Promise<Checked> {
  const { credentials } = request
  switch (credentials.kind) {
    case 'none':
      return refuse('Unauthorized', request.hasApiKey ? [note('auth.api_key_only')] : [])
    case 'bearer':
      return await checkBearer(credentials.token, request, deps)
    case 'basic': {
      const { username, password } = credentials
      const isAccount = username.endsWith('.mp-service-account') || password !== ''
      if (isAccount) return await checkServiceAccount(username, password, request, deps)
      return await checkSecretOrToken(username, request, deps)
    }
  }
}

async function checkBearer(token: string, request: AccessRequest, deps: AccessDeps): Promise<Checked> {
  const isKnown = deps.adminToken !== undefined && isSameSecret(token, deps.adminToken)
  const project = isKnown ? await findById(request.projectId, deps) : undefined
  return project === undefined ? refuse(INVALID) : ok({ project, notes: [] })
}

async function checkServiceAccount(
  username: string,
  password: string,
  request: AccessRequest,
  deps: AccessDeps,
): Promise<Checked> {
  if (request.projectId === undefined) {
    return refuse(INVALID_SECRET, [note('auth.service_account_without_project_id')])
  }
  const project = await findById(request.projectId, deps)
  const account = await findServiceAccount(deps.db, toStorable(username), project?.publicId)
  if (account === undefined) return refuse('Not a valid service account username')
  const isExpired = account.expiresAtMs !== undefined && account.expiresAtMs <= deps.clock()
  if (!matchesHash(password, account.secretHash) || isExpired) return refuse(INVALID)
  if (project === undefined || account.role === undefined) {
    return refuse('service account is not a project member')
  }
  const isAdmin = account.role === 'owner' || account.role === 'admin'
  if (request.needsAdmin && !isAdmin) return refuse('service account must be Owner or Admin')
  return ok({ project, notes: [] })
}

async function checkSecretOrToken(text: string, request: AccessRequest, deps: AccessDeps): Promise<Checked> {
  if (request.acceptsSecret === false) return refuse(INVALID)
  const bySecret = await findProjectBySecretHash(deps.db, hashSecret(text))
  const byToken = bySecret === undefined && request.acceptsToken ? await deps.findByToken(text) : undefined
  const project = bySecret ?? byToken
  if (project === undefined) return refuse(INVALID_SECRET)
  if (request.projectId !== undefined && request.projectId !== String(project.publicId))
    return refuse(MISMATCH)
  const { project_secret: policy } = project.settings
  if (bySecret !== undefined && policy === 'reject') return refuse(INVALID_SECRET)
  const isTold = bySecret !== undefined && policy === 'warn'
  return ok({ project, notes: isTold ? [note('auth.project_secret_deprecated')] : [] })
}

async function findById(projectId: string | undefined, deps: AccessDeps): Promise<Project | undefined> {
  const id = parseProjectId(projectId)
  return id === undefined ? undefined : await findProject(deps.db, { publicId: id })
}

/** True for credentials that are somebody's, whatever they may open: enough to know before a body is read. */
export async function isKnownCaller(credentials: Credentials, deps: AccessDeps): Promise<boolean> {
  if (credentials.kind === 'none') return false
  if (credentials.kind === 'bearer') {
    return deps.adminToken !== undefined && isSameSecret(credentials.token, deps.adminToken)
  }
  const { username, password } = credentials
  const account = await findServiceAccount(deps.db, toStorable(username), undefined)
  if (account !== undefined) return matchesHash(password, account.secretHash)
  return (await findProjectBySecretHash(deps.db, hashSecret(username))) !== undefined
}

/** The id in a `project_id` parameter, or undefined where it is no 32-bit number. */
export function parseProjectId(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined
  const id = Number(text)
  return id <= 2_147_483_647 ? id : undefined
}

function refuse(text: string, notes: readonly Note[] = []): Result<never, AccessFault> {
  return err({ text, notes })
}
