import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { err, ok, type Result } from '../../core/result.ts'
import type { Answer } from './post.ts'

/** What an answer says of a record, by its index in the request; undefined for the request as a whole. */
export interface Remark {
  readonly index: number | undefined
  readonly outcome: string
  readonly code: string
  readonly message: string
  readonly advice: string
}

/** How many records of a request were stored, and what there is to say. */
export interface Reading {
  readonly stored: number
  readonly remarks: readonly Remark[]
}

/** Outcomes of records that are not stored, or do nothing. */
const LOST: ReadonlySet<string> = new Set(['rejected', 'dropped', 'no_effect'])

export function isLost({ outcome }: Pick<Remark, 'outcome'>): boolean {
  return LOST.has(outcome)
}

/**
 * Reads what became of the records of a request, from the verdicts of Twinpanel or from what Mixpanel answers. Error: a
 * sentence, if the request was refused as a whole and others would be too.
 */
export function readAnswer({ status, body }: Answer, sent: number): Result<Reading, string> {
  const answer = isJsonObject(body) ? body : undefined
  const remarks = verdictsOf(answer) ?? failedRecordsOf(answer)
  if (status !== 200 && (status !== 400 || remarks === undefined || remarks.length === 0)) {
    return err(describeRefusal(status, answer, remarks ?? []))
  }
  const lost = new Set((remarks ?? []).filter(isLost).map(({ index }) => index))
  const imported = answer?.['num_records_imported']
  if (typeof imported === 'number') return ok({ stored: imported, remarks: remarks ?? [] })
  if (remarks !== undefined && remarks.length > 0) {
    return ok({ stored: lost.has(undefined) ? 0 : Math.max(0, sent - lost.size), remarks })
  }
  const isAccepted = body === 1 || answer?.['status'] === 1 || answer?.['status'] === 'OK'
  if (isAccepted) return ok({ stored: sent, remarks: [] })
  const message = textOf(answer?.['error']) || `the answer was ${JSON.stringify(body)}`
  return ok({
    stored: 0,
    remarks: [{ index: undefined, outcome: 'rejected', code: 'refused', message, advice: '' }],
  })
}

/** Says of a skipped record only that others of its request were stored, which is no news here. */
const PARTIAL = 'batch.partial'

/** Errors and warnings. Undefined if the server is no Twinpanel. */
function verdictsOf(answer: JsonObject | undefined): readonly Remark[] | undefined {
  const verdicts = answer?.['verdicts']
  if (!isJsonArray(verdicts)) return undefined
  const ours = verdicts.filter(isJsonObject).filter(({ code }) => code !== PARTIAL)
  const remarks = ours.map((verdict) => {
    const index = verdict['record_index']
    return {
      index: typeof index === 'number' ? index : undefined,
      outcome: textOf(verdict['outcome']),
      code: textOf(verdict['code']),
      message: textOf(verdict['message']),
      advice: textOf(verdict['advice']),
      isInfo: verdict['severity'] === 'info',
    }
  })
  return remarks.filter((remark) => !remark.isInfo || isLost(remark))
}

/** What Mixpanel answers to a strict import (IMP-11), or one of identity events (IDS-22). */
function failedRecordsOf(answer: JsonObject | undefined): readonly Remark[] | undefined {
  const failed = answer?.['failed_records']
  if (!isJsonArray(failed)) return undefined
  return failed.map((each) => {
    const index = isJsonObject(each) ? each['index'] : undefined
    return {
      index: typeof index === 'number' ? index : undefined,
      outcome: 'rejected',
      code: isJsonObject(each) ? textOf(each['field']) || 'record' : 'request',
      message: isJsonObject(each) ? textOf(each['message']) : textOf(each),
      advice: '',
    }
  })
}

function describeRefusal(status: number, answer: JsonObject | undefined, remarks: readonly Remark[]): string {
  const said = textOf(answer?.['error'] ?? answer?.['detail'])
  const why = remarks.map(({ message, advice }) => ` ${message} ${advice}`.trimEnd()).join('')
  const isOther = answer === undefined ? ' Is it the address of a Twinpanel server?' : ''
  return `The server answered ${status}${said === '' ? '' : `: ${said}`}.${why}${isOther}`
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
