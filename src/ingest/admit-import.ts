import { type Access, authenticate } from '../access/authenticate.ts'
import { INVALID_CREDENTIALS } from '../core/answers/access.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import type { Params } from '../core/decode/params.ts'
import { findRegionMismatch } from '../core/judge/build-event.ts'
import { refuseAccess, unauthorized } from '../core/respond/errors.ts'
import { err, type Result } from '../core/result.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { answerUnread } from './refuse.ts'
import type { IngestDeps, Ingested } from './request.ts'

/** What is known of a request of /import before its body is read. */
export interface ImportClaim {
  readonly credentials: Credentials
  /** The client's address, as far as proxies are trusted. */
  readonly address: string
  /** The Host header; empty if there was none. */
  readonly host: string
  /** The parameters of the URL. */
  readonly params: Params
  /** Whether there is an `api_key`, in the URL or in a form. */
  readonly hasApiKey: boolean
  /** Findings on how the request was sent. */
  readonly findings: readonly Finding[]
}

/** Authenticates a request of /import before its body is read (IMP-03 to IMP-08, SEC-07). Error: the answer. */
export async function admitImport(claim: ImportClaim, deps: IngestDeps): Promise<Result<Access, Ingested>> {
  const access = await authenticate(
    {
      credentials: claim.credentials,
      address: claim.address,
      projectId: claim.params.get('project_id'),
      hasApiKey: claim.hasApiKey,
      acceptsToken: true,
      needsColon: true,
      needsAdmin: true,
    },
    { ...deps, findByToken: (token) => deps.projects.findExisting(token) },
  )
  const unread = { endpoint: '/import', project: undefined, sender: claim.address }
  if (!access.ok) {
    const findings = [...claim.findings, ...access.error.findings]
    return err(await answerUnread(deps, { ...unread, findings }, refuseAccess(access.error)))
  }
  const { project } = access.value
  const mismatch = findRegionMismatch({ project, host: claim.host })
  if (mismatch === undefined) return access
  // The host of another region does not know the project (SEC-07).
  const findings = [...claim.findings, mismatch]
  return err(await answerUnread(deps, { ...unread, project, findings }, unauthorized(INVALID_CREDENTIALS)))
}
