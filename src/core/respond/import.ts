import { NO_IDENTITY_EVENTS, SOME_FAILED } from '../answers/import.ts'
import { NO_DATA, RATE_EXCEEDED } from '../answers/ingestion.ts'
import { isOn, type Params } from '../decode/params.ts'
import type { ImportError } from '../validate/import.ts'
import { jsonReply, type ReplyPlan, textReply } from './plan.ts'

/** A failed record and its index in the request. */
export interface FailedRecord extends ImportError {
  readonly index: number
}

/** The answer to a strict import whose payload could be read: 200, or 400 with the failed records (IMP-10, IMP-11). */
export function replyToStrictImport(imported: number, failed: readonly FailedRecord[]): ReplyPlan {
  if (failed.length === 0) {
    return jsonReply(200, { code: 200, num_records_imported: imported, status: 'OK' })
  }
  const failedRecords = failed.map(({ index, insertId, field, message }) => {
    return { index, ...(insertId !== '' && { insert_id: insertId, $insert_id: insertId }), field, message }
  })
  return jsonReply(400, {
    code: 400,
    error: SOME_FAILED,
    failed_records: failedRecords,
    num_records_imported: imported,
    status: 'Bad Request',
  })
}

/** The answer to identity events in a strict import of a simplified project: nothing is stored (IDS-22). */
export function refuseIdentityEvents(): ReplyPlan {
  return jsonReply(400, {
    code: 400,
    error: SOME_FAILED,
    failed_records: [NO_IDENTITY_EVENTS],
    num_records_imported: 0,
    status: 'Bad Request',
  })
}

/** The answer to a form instead of a 429 in JSON (IMP-30): the SDKs that send forms look for `status` 0. */
export function toFormRefusal(plan: ReplyPlan): ReplyPlan {
  if (plan.status !== 429) return plan
  return { ...plan, body: JSON.stringify({ error: RATE_EXCEEDED, status: 0 }) }
}

/** The answer to a strict import without records, or with invalid JSON (IMP-32, IMP-33). */
export function refuseStrictPayload(error: string): ReplyPlan {
  return jsonReply(400, { code: 400, error, status: 'Bad Request' })
}

/**
 * The answer to an import that is not strict (IMP-12): `importable` counts the structurally valid records; `nothing` is
 * the error where there are none.
 */
export function replyToLooseImport(
  params: Params,
  imported: number,
  importable: number,
  nothing: string = NO_DATA,
): ReplyPlan {
  if (!isOn(params.get('verbose'))) return textReply(200, importable > 0 ? '1' : '0')
  if (importable === 0) return jsonReply(200, { error: nothing, status: 0 })
  return jsonReply(200, { code: 200, error: null, num_records_imported: imported, status: 1 })
}
