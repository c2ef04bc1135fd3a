import { INVALID_CREDENTIALS, NO_CREDENTIALS } from '../core/answers/access.ts'
import { TOKEN_EMPTY } from '../core/answers/ingestion.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { findProject } from '../store/projects.ts'
import { type AccessDeps, checkToken } from './authenticate.ts'
import { credentialsRefused } from './refusals.ts'

/** Why access is refused, and the status of the answer. */
export interface OAuthError {
  readonly status: 400 | 401 | 403 | 429
  readonly text: string
  readonly findings: readonly Finding[]
  /** Seconds until another token is checked. */
  readonly waitS?: number | undefined
}

/**
 * Finds the project of a request about the data of users: a bearer token identifies the caller, the `token` parameter
 * the project (SEC-02, SEC-03). TWINPANEL_ADMIN_TOKEN replaces OAuth (IMP-04); without it there is no access, since
 * these endpoints cannot be undone. In: the client's address.
 */
export async function authenticateOAuth(
  credentials: Credentials,
  address: string,
  token: string | undefined,
  { db, adminToken, ...deps }: Pick<AccessDeps, 'db' | 'adminToken' | 'guesses' | 'clock'>,
): Promise<Result<Project, OAuthError>> {
  if (credentials.kind !== 'bearer') return refuse(401, NO_CREDENTIALS, credentialsRefused('bearer_only'))
  const wrong = refuse(401, INVALID_CREDENTIALS, credentialsRefused('wrong_bearer'))
  if (adminToken === undefined) return wrong
  const isKnown = checkToken(credentials.token, address, adminToken, deps)
  if (!isKnown.ok) return err({ status: 429, ...isKnown.error })
  if (!isKnown.value) return wrong
  if (token === undefined || token === '') return refuse(400, TOKEN_EMPTY)
  const project = await findProject(db, { token: toStorable(token) })
  return project === undefined ? refuse(403, 'No project has this token') : ok(project)
}

function refuse(
  status: OAuthError['status'],
  text: string,
  ...findings: Finding[]
): Result<never, OAuthError> {
  return err({ status, text, findings })
}
