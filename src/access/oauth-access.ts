import type { Credentials } from '../core/decode/credentials.ts'
import { toStorable } from '../core/normalise/text.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { findProject } from '../store/projects.ts'
import type { AccessDeps } from './authenticate.ts'
import { isSameSecret } from './secrets.ts'

/** Why not, and with which status. */
export interface OAuthFault {
  readonly status: 400 | 401 | 403
  readonly text: string
}

/**
 * Finds the project of a request about the data of users: a bearer token says who asks, the `token` parameter for which
 * project (SEC-02, SEC-03). TWINPANEL_ADMIN_TOKEN stands in for OAuth (IMP-04): without one nobody is let in, for what
 * these endpoints do cannot be undone.
 */
export async function authenticateOAuth(
  credentials: Credentials,
  token: string | undefined,
  { db, adminToken }: Pick<AccessDeps, 'db' | 'adminToken'>,
): Promise<Result<Project, OAuthFault>> {
  if (credentials.kind !== 'bearer') return err({ status: 401, text: 'Unauthorized' })
  if (adminToken === undefined || !isSameSecret(credentials.token, adminToken)) {
    return err({ status: 401, text: 'Invalid credentials' })
  }
  if (token === undefined || token === '') return err({ status: 400, text: 'token, missing or empty' })
  const project = await findProject(db, { token: toStorable(token) })
  return project === undefined ? err({ status: 403, text: 'No project has this token' }) : ok(project)
}
