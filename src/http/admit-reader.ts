import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AccessDeps, authenticate } from '../access/authenticate.ts'
import {
  OTHER_CLUSTER,
  QUERY_LIMITS,
  queryRateExceeded,
  READ_RATE_EXCEEDED,
} from '../core/answers/reading.ts'
import { parseAuthorization } from '../core/decode/credentials.ts'
import type { Params } from '../core/decode/params.ts'
import { type Project, regionOfHost } from '../core/project.ts'
import { err, ok, type Result } from '../core/result.ts'
import { finding } from '../core/verdict/finding.ts'
import type { Commits } from '../ingest/commits.ts'
import type { ProjectLimits } from '../ingest/rate-limits.ts'
import type { Readers } from '../read/readers.ts'
import { addressOf } from './address.ts'
import type { ReadsUnderWay } from './reads-under-way.ts'
import { explainRefusal } from './refused-access.ts'
import { askToWait, setVerdictHeader } from './send.ts'

export interface ReadDeps extends AccessDeps {
  readonly commits: Commits
  readonly limits: ProjectLimits
  readonly underWay: ReadsUnderWay
  readonly newId: () => string
  readonly reads: Readers
}

/** What a reader asks for. */
export interface ReadClaim {
  readonly kind: 'query' | 'export'
  readonly params: Params
  /** There is a body, with parameters that were not read, since the caller is unknown. */
  readonly isBodyUnread?: boolean
}

/** Why a reader is refused. */
export interface ReaderError {
  readonly status: 400 | 401 | 429
  readonly text: string
}

/**
 * Finds the project that a reader may read: by service account or secret (SEC-03), in its region (QRY-19), within its
 * rate limits and its limit of concurrent reads (RTL-02, RTL-03). A reader without valid credentials counts against no
 * limit.
 */
export async function admitReader(
  { kind, params, isBodyUnread = false }: ReadClaim,
  request: FastifyRequest,
  reply: FastifyReply,
  deps: ReadDeps,
): Promise<Result<Project, ReaderError>> {
  const claimed = {
    credentials: parseAuthorization(request.headers.authorization),
    address: addressOf(request),
    // Tools without a project id send it empty.
    projectId: params.get('project_id') || undefined,
    hasApiKey: false,
    acceptsToken: false,
    needsAdmin: false,
    isBodyUnread,
  }
  const access = await authenticate(claimed, deps)
  if (!access.ok) {
    const status = await explainRefusal(request, reply, access.error, deps)
    return err({ status, text: access.error.text })
  }
  const { project } = access.value
  const { region, concurrent_queries: queries, concurrent_exports: exports } = project.settings
  if (region !== null && regionOfHost(request.headers.host ?? '') !== region) {
    return err({ status: 400, text: OTHER_CLUSTER })
  }
  const nowMs = deps.clock()
  const amounts = kind === 'query' ? { queries_per_hour: 1 } : { exports_per_hour: 1, exports_per_second: 1 }
  const waitS = await deps.limits.take(project, amounts, nowMs)
  const atOnce = kind === 'query' ? queries : exports
  if (waitS !== undefined || !(await deps.underWay.take(kind, project.publicId, atOnce, reply))) {
    // Not stored: a request over the limit must not cause a write.
    setVerdictHeader(reply, [{ finding: finding('limit.rate') }])
    askToWait(reply, waitS ?? AT_ONCE_WAIT_S)
    return err({
      status: 429,
      text: kind === 'query' ? await queriesUsedUp(project, nowMs, deps) : READ_RATE_EXCEEDED,
    })
  }
  return ok(project)
}

/** Seconds to wait when too many reads are under way: what Mixpanel asks for (CON-43). */
const AT_ONCE_WAIT_S = 10

/** Where the project sets no limit, Mixpanel's is named. */
async function queriesUsedUp(
  project: Project,
  nowMs: number,
  { limits, underWay }: ReadDeps,
): Promise<string> {
  const { concurrent_queries: atOnce, queries_per_hour: perHour } = project.settings
  return queryRateExceeded(
    project.publicId,
    { count: (await underWay.count('query', project.publicId)) + 1, limit: atOnce ?? QUERY_LIMITS.atOnce },
    { count: await limits.used(project, 'queries_per_hour', nowMs), limit: perHour ?? QUERY_LIMITS.perHour },
  )
}
