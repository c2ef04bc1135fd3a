import { isJsonObject } from '../json.ts'
import type { RenderedVerdict } from '../verdict/verdict.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'

/** A verdict in an answer: on one record, by its index, or on the request. */
export interface RecordVerdict extends RenderedVerdict {
  readonly record_index: number | null
}

/**
 * Adds the verdicts to an answer, for `explain=1` (VRD-04): to the fields of a JSON answer, or next to a bare `1` or
 * `0`. A pixel, a redirect and a script stay unchanged.
 */
export function withVerdicts(plan: ReplyPlan, verdicts: readonly RecordVerdict[]): ReplyPlan {
  const answer = bodyOf(plan)
  if (answer === undefined) return plan
  return jsonReply(plan.status, { ...answer, verdicts }, plan.headers)
}

function bodyOf({ contentType, body }: ReplyPlan): object | undefined {
  if (typeof body !== 'string') return undefined
  if (contentType === 'text/plain') return body === '1' || body === '0' ? { status: Number(body) } : undefined
  if (contentType !== 'application/json') return undefined
  const parsed = JSON.parse(body)
  return isJsonObject(parsed) ? parsed : undefined
}
