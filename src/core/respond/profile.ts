import { SOME_FAILED } from '../answers/import.ts'
import { NO_DATA } from '../answers/ingestion.ts'
import type { Params } from '../decode/params.ts'
import type { ProfileError } from '../validate/profile.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'
import { replyToTrack } from './track.ts'

/** A refused record and its index in the request. */
export interface FailedUpdate extends Pick<ProfileError, 'error' | 'field' | 'message'> {
  readonly index: number
}

/**
 * The answer of /engage and /groups: the forms of /track (ENG-01, ENG-04), with `verbose=2` the number of accepted
 * records (TRK-10), and with `strict=1` the failed ones, still with status 200 (ENG-05). `good` counts the accepted
 * records; `nothing` is the error where there are none.
 */
export function replyToProfiles(
  params: Params,
  good: number,
  failed: readonly FailedUpdate[],
  mayRedirect: boolean,
  nothing: string = NO_DATA,
): ReplyPlan {
  if (params.get('strict') === '1') return replyStrictly(good, failed)
  const [first] = failed
  const verdict = good > 0 ? { error: null, goodRecords: good } : { error: first?.error ?? nothing }
  return replyToTrack(params, verdict, mayRedirect)
}

function replyStrictly(good: number, failed: readonly FailedUpdate[]): ReplyPlan {
  // A request without readable records is not a success.
  if (good > 0 && failed.length === 0)
    return jsonReply(200, { code: 200, num_good_events: good, status: 'OK' })
  return jsonReply(200, {
    code: 400,
    error: SOME_FAILED,
    failed_records: failed.map(({ index, field, message }) => ({ index, field, message })),
    num_good_events: good,
    status: 'Bad Request',
  })
}
