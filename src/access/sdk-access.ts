import type { Credentials } from '../core/decode/credentials.ts'
import type { Project } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { type AccessDeps, type AccessError, authenticate } from './authenticate.ts'

/** The credentials of a request for flags. */
export interface SdkClaim {
  readonly credentials: Credentials
  /** Of the client. */
  readonly address: string
  /** The `token` parameter: it suffices if there are no credentials (SEC-02). */
  readonly token: string | undefined
  readonly projectId: string | undefined
}

export interface SdkAccessDeps extends AccessDeps {
  /** True for an unknown token that would create a project with its first event (DEC-05). */
  readonly makesProject: (token: string) => boolean
}

/**
 * Finds the project of a request for flags: by token, secret or service account (SEC-03, CON-41). Out: undefined for a
 * token that will create a project with its first event, since an SDK requests flags before it sends anything.
 */
export async function authenticateSdk(
  { credentials, address, token, projectId }: SdkClaim,
  deps: SdkAccessDeps,
): Promise<Result<Project | undefined, AccessError>> {
  const bare = bareToken(credentials, token)
  const ofToken = bare === undefined ? undefined : await deps.findByToken(bare)
  if (credentials.kind === 'none' && ofToken !== undefined) return ok(ofToken)
  const makesProject = bare !== undefined && ofToken === undefined && deps.makesProject(bare)
  const mayBeNew = makesProject && projectId === undefined
  const claimed = {
    credentials,
    address,
    projectId,
    hasApiKey: false,
    acceptsToken: true,
    needsAdmin: false,
    mayBeNew,
  }
  const access = await authenticate(claimed, deps)
  if (access.ok) return ok(access.value.project)
  return mayBeNew ? ok(undefined) : err(access.error)
}

/** The token of a request that has no other credentials. */
function bareToken(credentials: Credentials, param: string | undefined): string | undefined {
  if (credentials.kind === 'none') return param
  const isBare = credentials.kind === 'basic' && credentials.password === ''
  return isBare && !credentials.username.endsWith('.mp-service-account') ? credentials.username : undefined
}
