import { type Access, authenticate } from '../access/authenticate.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import type { Params } from '../core/decode/params.ts'
import { refuseAccess } from '../core/respond/errors.ts'
import { err, type Result } from '../core/result.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { answerUnread } from './refuse.ts'
import type { IngestDeps, Ingested } from './request.ts'

/** What is known of a request of /import before its body is read. */
export interface ImportClaim {
  readonly credentials: Credentials
  /** The client's address, as far as proxies are trusted. */
  readonly address: string
  /** The parameters of the URL. */
  readonly params: Params
  /** Whether there is an `api_key`, in the URL or in a form. */
  readonly hasApiKey: boolean
  /** Findings on how the request was sent. */
  readonly findings: readonly Finding[]
}

/** Authenticates a request of /import before its body is read (IMP-03 to IMP-08). Error: the answer. */
export async function admitImport(claim: ImportClaim, deps: IngestDeps): Promise<Result<Access, Ingested>> {
  const access = await authenticate(
    {
      credentials: claim.credentials,
      address: claim.address,
      projectId: claim.params.get('project_id'),
      hasApiKey: claim.hasApiKey,
      acceptsToken: true,
      needsAdmin: true,
    },
    { ...deps, findByToken: (token) => deps.projects.findExisting(token) },
  )
  if (access.ok) return access
  const findings = [...claim.findings, ...access.error.findings]
  const refused = { endpoint: '/import', project: undefined, findings, sender: claim.address }
  return err(await answerUnread(deps, refused, refuseAccess(access.error)))
}
