import { DATA_NOT_BASE64, DATA_NOT_JSON, NO_DATA } from '../answers/ingestion.ts'
import type { DecodeErrorCode } from '../decode/decode-error.ts'
import { isOn, type Params } from '../decode/params.ts'
import { jsonReply, type ReplyPlan, textReply } from './plan.ts'

/** The result of /track: success, or the first record's error if none was accepted (TRK-19). */
export type TrackVerdict =
  | {
      readonly error: null
      /** Accepted records, for `verbose=2` (TRK-10) of /engage and /groups. */
      readonly goodRecords?: number
    }
  | { readonly error: string }

/** The error of a request without usable records (TRK-13). */
export function wordsOnNothing(why: DecodeErrorCode): string {
  if (why === 'bad_base64') return DATA_NOT_BASE64
  return why === 'bad_json' ? DATA_NOT_JSON : NO_DATA
}

/** A transparent GIF of one pixel, 43 bytes (TRK-11, CON-03). */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')

/** Dotted or indexed names, and the no-op function that the browser SDK sends (TRK-12). */
const CALLBACK =
  /^(?:[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*|\[(?:\d+|'[\w$]+'|"[\w$]+")\])*|\(function\(\)\{\}\))$/

/** Keeps browsers from reading the answer as anything but a script. */
const NOSNIFF = { 'x-content-type-options': 'nosniff' }

/** True for a `callback` that may be echoed. */
export function isCallbackName(name: string): boolean {
  return name.length <= 255 && CALLBACK.test(name)
}

/**
 * The answer of /track in the form that the parameters ask for: redirect > img > callback > verbose > `1` (TRK-08 to
 * TRK-17). `mayRedirect` is false on a shared server (TRK-14).
 */
export function replyToTrack(params: Params, verdict: TrackVerdict, mayRedirect: boolean): ReplyPlan {
  const target = mayRedirect ? redirectTarget(params.get('redirect')) : undefined
  if (target !== undefined) {
    return { status: 302, contentType: 'text/plain', body: '', headers: { location: target } }
  }
  if (isOn(params.get('img'))) {
    return { status: 200, contentType: 'image/gif', body: PIXEL, headers: { 'cache-control': 'no-store' } }
  }
  const full = isOn(params.get('verbose')) ? inFull(params, verdict) : undefined
  const status = statusOf(verdict)
  const callback = params.get('callback')
  if (callback !== undefined && isCallbackName(callback)) {
    const argument = full === undefined ? status : JSON.stringify(full)
    return {
      status: 200,
      contentType: 'text/javascript',
      body: `${callback}(${argument});`,
      headers: NOSNIFF,
    }
  }
  return full === undefined ? textReply(200, String(status)) : jsonReply(200, full)
}

/** The body of `verbose=1` (TRK-09), and with `verbose=2` the number of accepted records (TRK-10). */
function inFull(params: Params, verdict: TrackVerdict) {
  const { error } = verdict
  const good = 'goodRecords' in verdict && params.get('verbose') === '2' ? verdict.goodRecords : undefined
  return { error, ...(good !== undefined && { num_good_events: good }), status: statusOf(verdict) }
}

function statusOf({ error }: TrackVerdict): 0 | 1 {
  return error === null ? 1 : 0
}

function redirectTarget(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  const parsed = new URL(url)
  return parsed.protocol === 'http:' || parsed.protocol === 'https:' ? parsed.href : undefined
}
