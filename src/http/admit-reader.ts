import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AccessDeps, authenticate } from '../access/authenticate.ts'
import { parseAuthorization } from '../core/decode/credentials.ts'
import type { Params } from '../core/decode/params.ts'
import { type Project, regionOfHost } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { finding } from '../core/verdict/finding.ts'
import type { Commits } from '../ingest/commits.ts'
import type { RateLimits } from '../ingest/rate-limits.ts'
import type { Readers } from '../read/readers.ts'
import { addressOf } from './address.ts'
import type { ReadsUnderWay } from './reads-under-way.ts'
import { askToWait, setVerdictHeader } from './send.ts'

/** What answering reads needs. */
export interface ReadDeps extends AccessDeps {
  readonly commits: Commits
  readonly limits: RateLimits
  readonly underWay: ReadsUnderWay
  readonly newId: () => string
  readonly reads: Readers
}

/** Why a reader is not let in. */
export interface ReaderError {
  readonly status: 400 | 401 | 429
  readonly text: string
}

/**
 * Finds the project that a reader may read: by service account or secret (SEC-03), in its region (QRY-19), as often as
 * its limits say, and not with more at once than it may have (RTL-02, RTL-03). A reader without the right credentials
 * counts against no limit.
 */
export async function admitReader(
  kind: 'query' | 'export',
  request: FastifyRequest,
  reply: FastifyReply,
  params: Params,
  deps: ReadDeps,
): Promise<Result<Project, ReaderError>> {
  const claimed = {
    credentials: parseAuthorization(request.headers.authorization),
    address: addressOf(request),
    // Tools that know none send it empty.
    projectId: params.get('project_id') || undefined,
    hasApiKey: false,
    acceptsToken: false,
    needsAdmin: false,
  }
  const access = await authenticate(claimed, deps)
  if (!access.ok) {
    return err({ status: askToWait(reply, access.error.waitS) ? 429 : 401, text: access.error.text })
  }
  const { project } = access.value
  const { region, concurrent_queries: queries, concurrent_exports: exports } = project.settings
  if (region !== null && regionOfHost(request.headers.host ?? '') !== region) {
    return err({ status: 400, text: 'request failed with error: invalid project id for cluster.' })
  }
  const amounts = kind === 'query' ? { queries_per_hour: 1 } : { exports_per_hour: 1, exports_per_second: 1 }
  const isTooFast = deps.limits.take(project, amounts, deps.clock()) !== undefined
  const atOnce = kind === 'query' ? queries : exports
  if (isTooFast || !deps.underWay.take(kind, project.publicId, atOnce, reply)) {
    // Not kept: whoever is asked too much must not write for it.
    setVerdictHeader(reply, [{ finding: finding('limit.rate') }])
    return err({ status: 429, text: 'rate limit exceeded' })
  }
  return ok(project)
}
