import { isOn, type Params } from '../decode/params.ts'
import { jsonReply, type ReplyPlan, textReply } from './plan.ts'

/** What /track has to say: all is well, or the first record's error where none was good (TRK-19). */
export type TrackVerdict = { readonly error: null } | { readonly error: string }

/** What nothing usable in a request is called (TRK-13). */
export const NO_DATA = 'data, missing or empty'

/** A transparent GIF of one pixel, 43 bytes (TRK-11, CON-03). */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')

/** Dotted or indexed names, and the no-op function that the browser SDK sends (TRK-12). */
const CALLBACK =
  /^(?:[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*|\[(?:\d+|'[\w$]+'|"[\w$]+")\])*|\(function\(\)\{\}\))$/

/** True for a `callback` that may be echoed. */
export function isCallbackName(name: string): boolean {
  return name.length <= 255 && CALLBACK.test(name)
}

/**
 * The answer of /track in the form that the parameters ask for: redirect > img > callback > verbose > `1`
 * (TRK-08 to TRK-17). `mayRedirect` is off where the server is shared (TRK-14).
 */
export function replyToTrack(params: Params, verdict: TrackVerdict, mayRedirect: boolean): ReplyPlan {
  const target = mayRedirect ? redirectTarget(params.get('redirect')) : undefined
  if (target !== undefined) {
    return { status: 302, contentType: 'text/plain', body: '', headers: { location: target } }
  }
  if (isOn(params.get('img'))) {
    return { status: 200, contentType: 'image/gif', body: PIXEL, headers: { 'cache-control': 'no-store' } }
  }
  const isVerbose = isOn(params.get('verbose'))
  const status = verdict.error === null ? 1 : 0
  const callback = params.get('callback')
  if (callback !== undefined && isCallbackName(callback)) {
    const argument = isVerbose ? JSON.stringify({ error: verdict.error, status }) : status
    return { status: 200, contentType: 'text/javascript', body: `${callback}(${argument});` }
  }
  return isVerbose ? jsonReply(200, { error: verdict.error, status }) : textReply(200, String(status))
}

function redirectTarget(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  const parsed = new URL(url)
  return parsed.protocol === 'http:' || parsed.protocol === 'https:' ? parsed.href : undefined
}
