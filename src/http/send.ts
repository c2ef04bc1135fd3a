import type { FastifyReply } from 'fastify'
import { withVerdicts } from '../core/respond/explained.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Finding } from '../core/verdict/finding.ts'
import { render } from '../core/verdict/verdict.ts'
import type { Ingested } from '../ingest/ingest.ts'

/** How many codes the verdict header names. */
const MAX_CODES = 8

/** Sends an answer as planned, byte for byte. */
export function send(reply: FastifyReply, plan: ReplyPlan): FastifyReply {
  if (plan.headers !== undefined) reply.headers(plan.headers)
  // Text goes out with its headers in one write. JSON as text would have a charset added to its type.
  const isJsonText = typeof plan.body === 'string' && plan.contentType.includes('json')
  const body = isJsonText ? Buffer.from(plan.body) : plan.body
  return reply.code(plan.status).header('content-type', plan.contentType).send(body)
}

/** Says when to come again. In: seconds, if there is anything to wait for. Out: whether there is. */
export function askToWait(reply: FastifyReply, waitS: number | undefined): waitS is number {
  if (waitS !== undefined) reply.header('retry-after', String(waitS))
  return waitS !== undefined
}

/**
 * Sends an ingestion answer; the header says how much it does not tell, and of what kind. `isExplained`: the
 * body tells it in full (VRD-04).
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

/** Says in a header how many findings there are, and of what kinds (GEN-04). */
export function setVerdictHeader(
  reply: FastifyReply,
  findings: readonly { readonly finding: Finding }[],
): void {
  if (findings.length === 0) return
  const codes = [...new Set(findings.map((own) => own.finding.code))]
  reply.header('twinpanel-verdict', `${findings.length}; ${codes.slice(0, MAX_CODES).join(',')}`)
}
