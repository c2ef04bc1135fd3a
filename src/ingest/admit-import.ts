import { type Access, authenticate } from '../access/authenticate.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import type { Params } from '../core/decode/params.ts'
import { refuseAccess } from '../core/respond/errors.ts'
import { err, type Result } from '../core/result.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { answerUnread } from './refuse.ts'
import type { IngestDeps, Ingested } from './request.ts'

/** Who asks to import, from what stands before a request's body. */
export interface ImportClaim {
  readonly credentials: Credentials
  /** Of the client, as far as proxies are trusted. */
  readonly address: string
  /** Of the URL; an `api_key` may be in a form too. */
  readonly params: Params
  readonly hasApiKey: boolean
  /** Findings on the way in which the request came. */
  readonly findings: readonly Finding[]
}

/** Lets a request of /import in, before its body is read (IMP-03 to IMP-08). Error: the answer. */
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
