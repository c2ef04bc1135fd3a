import type { FastifyReply } from 'fastify'
import { withVerdicts } from '../core/respond/explained.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { render } from '../core/verdict/verdict.ts'
import type { Ingested } from '../ingest/request.ts'

/** How many codes the verdict header lists. */
const MAX_CODES = 8

/** Sends an answer exactly as planned. */
export function send(reply: FastifyReply, plan: ReplyPlan): FastifyReply {
  if (plan.headers !== undefined) reply.headers(plan.headers)
  // A string is sent with its headers in one write; for JSON Fastify would add a charset to the type.
  const isJsonText = typeof plan.body === 'string' && plan.contentType.includes('json')
  const body = isJsonText ? Buffer.from(plan.body) : plan.body
  return reply.code(plan.status).header('content-type', plan.contentType).send(body)
}

/** Sets Retry-After. In: seconds, if there is anything to wait for. Out: whether there is. */
export function askToWait(reply: FastifyReply, waitS: number | undefined): waitS is number {
  if (waitS !== undefined) reply.header('retry-after', String(waitS))
  return waitS !== undefined
}

/**
 * Sends an ingestion answer, with a header that summarizes the findings. `isExplained`: the body contains them in full
 * (VRD-04).
 */
export function sendIngested(
  reply: FastifyReply,
  { reply: plan, findings }: Pick<Ingested, 'reply' | 'findings'>,
  isExplained: boolean,
): FastifyReply {
  setVerdictHeader(reply, findings)
  if (!isExplained) return send(reply, plan)
  const verdicts = findings.map(({ index, finding, outcomeKind }) => ({
    record_index: index ?? null,
    ...render(finding, outcomeKind),
  }))
  return send(reply, withVerdicts(plan, verdicts))
}

/** Sets the header with the number of findings and their codes (GEN-04). */
export function setVerdictHeader(
  reply: FastifyReply,
  findings: readonly { readonly finding: Finding }[],
): void {
  if (findings.length === 0) return
  const codes = [...new Set(findings.map((found) => found.finding.code))]
  reply.header('twinpanel-verdict', `${findings.length}; ${codes.slice(0, MAX_CODES).join(',')}`)
}
