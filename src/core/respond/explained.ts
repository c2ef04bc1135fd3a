import { isJsonObject } from '../json.ts'
import type { RenderedVerdict } from '../verdict/verdict.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'

/** A verdict as an answer gives it: on one record, counted from 0, or on the request. */
export interface RecordVerdict extends RenderedVerdict {
  readonly record_index: number | null
}

/**
 * The answer with the verdicts in it, for `explain=1` (VRD-04): beside what a JSON answer has anyway, and where
 * the answer is a bare `1` or `0`, beside that. A pixel, a redirect and a script have no room for them.
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
