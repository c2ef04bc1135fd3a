import type { Params } from '../../core/decode/params.ts'
import { toStorable } from '../../core/normalise/text.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { CATALOGUE } from '../../core/verdict/catalogue.ts'
import { LIMIT, parseLimit } from '../limit.ts'

/** What to wait for: events, or verdicts where a code is named. */
export interface WaitQuery {
  readonly event: string | undefined
  readonly distinctId: string | undefined
  readonly code: string | undefined
  readonly count: number
  readonly timeoutMs: number
}

/** Schema of a `timeout_ms`, and of a `count`. */
export const TIMEOUT_MS = { type: 'integer', minimum: 0, maximum: 60_000, default: 5_000 } as const
export const COUNT = { ...LIMIT, default: 1 } as const

/** Reads the parameters of `GET …/wait`. Errors are the sentence to answer with. */
export function parseWaitQuery(params: Params): Result<WaitQuery, string> {
  const count = parseLimit(params.get('count') ?? String(COUNT.default))
  if (!count.ok) return err(`count must be a number from ${COUNT.minimum} to ${COUNT.maximum}.`)
  const timeout = params.get('timeout_ms') ?? String(TIMEOUT_MS.default)
  if (!/^\d{1,5}$/.test(timeout) || Number(timeout) > TIMEOUT_MS.maximum) {
    return err(`timeout_ms must be a number from ${TIMEOUT_MS.minimum} to ${TIMEOUT_MS.maximum}.`)
  }
  const code = params.get('code')
  if (code !== undefined && !Object.hasOwn(CATALOGUE, code)) {
    return err('code must be one of those that GET /_twin/verdicts lists.')
  }
  const event = params.get('event')
  if (code !== undefined && event !== undefined) {
    return err('code waits for verdicts and event for events: give one of them.')
  }
  const distinctId = params.get('distinct_id')
  return ok({
    event: event === undefined ? undefined : toStorable(event),
    distinctId: distinctId === undefined ? undefined : toStorable(distinctId),
    code,
    count: count.value,
    timeoutMs: Number(timeout),
  })
}
