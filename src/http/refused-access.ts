import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Finding } from '../core/verdict/finding.ts'
import type { Commits } from '../ingest/commits.ts'
import { keepFindings } from '../ingest/keep-findings.ts'
import { addressOf } from './address.ts'
import { askToWait, setVerdictHeader } from './send.ts'

export interface RefusalDeps {
  readonly commits: Commits
  readonly clock: () => number
}

/**
 * Explains a refusal of credentials, in the header and as a verdict of no project, as /import does. Out: the status:
 * 401, or 429 with Retry-After after too many wrong ones.
 */
export async function explainRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  { findings, waitS }: { readonly findings: readonly Finding[]; readonly waitS?: number | undefined },
  { commits, clock }: RefusalDeps,
): Promise<401 | 429> {
  const kept = findings.map((finding) => ({ finding, ids: [] }))
  const endpoint = request.routeOptions.url ?? ''
  const sender = addressOf(request)
  const context = { project: undefined, endpoint, nowMs: clock(), outcomeKind: 'rejected', sender } as const
  await keepFindings(kept, context, commits)
  setVerdictHeader(reply, kept)
  return askToWait(reply, waitS) ? 429 : 401
}
