import { exceedsLimit, RATE_EXCEEDED, TEMPORARY_FAILURE } from '../answers/ingestion.ts'
import type { DecodeErrorCode } from '../decode/decode-error.ts'
import { MAX_RECORDS, MAX_REQUEST_BYTES } from '../limits.ts'
import { jsonReply, type ReplyPlan } from './plan.ts'

/** Seconds a client is asked to wait if the server is busy or its database is unavailable (DEC-08). */
export const RETRY_AFTER_S = 2

/** The same as a header. */
export const RETRY_LATER = retryAfter(RETRY_AFTER_S)

/** 413 for a payload with too many bytes or records; undefined for other errors. */
export function replyToOversize(why: DecodeErrorCode): ReplyPlan | undefined {
  if (why === 'too_large') return tooManyBytes(MAX_REQUEST_BYTES)
  return why === 'too_many' ? tooManyRecords(MAX_RECORDS) : undefined
}

/** 413: the payload is over `limit` bytes (TRK-25, IMP-28). */
export function tooManyBytes(limit: number): ReplyPlan {
  return tooLarge(exceedsLimit(limit, 'bytes'))
}

/** 413: more than `limit` records (TRK-24, IMP-29). */
export function tooManyRecords(limit: number): ReplyPlan {
  return tooLarge(exceedsLimit(limit, 'events'))
}

/** 413: more than `limit` rows in the lookup tables of a project (LKP-06). */
export function tooManyRows(limit: number): ReplyPlan {
  return tooLarge(exceedsLimit(limit, 'rows'))
}

function tooLarge(error: string): ReplyPlan {
  return jsonReply(413, { code: 413, error, status: 'Request Entity Too Large' })
}

/** 414: the URL is over `limit` bytes (TRK-25). */
export function tooLongUrl(limit: number): ReplyPlan {
  const error = exceedsLimit(limit, 'bytes of URL')
  return jsonReply(414, { code: 414, error, status: 'URI Too Long' })
}

/** 405 with the methods that the path supports (TRK-01). */
export function methodNotAllowed(allowed: readonly string[]): ReplyPlan {
  const body = { code: 405, error: 'method not allowed', status: 'Method Not Allowed' }
  return jsonReply(405, body, { allow: allowed.join(', ') })
}

/** 414: the URL is longer than the server's limit (TRK-25). */
export function uriTooLong(): ReplyPlan {
  return jsonReply(414, { code: 414, error: 'request URI is too long', status: 'URI Too Long' })
}

/** 431: the headers are longer than the server's limit. */
export function headersTooLarge(): ReplyPlan {
  const status = 'Request Header Fields Too Large'
  return jsonReply(431, { code: 431, error: 'request headers are too large', status })
}

/** 408: the request was not complete in time. */
export function requestTimeout(): ReplyPlan {
  return jsonReply(408, { code: 408, error: 'request timed out', status: 'Request Timeout' })
}

/** 404 for an unknown path. */
export function notFound(): ReplyPlan {
  return jsonReply(404, { code: 404, error: 'not found', status: 'Not Found' })
}

/** 401 of /import, /api and the like, in Mixpanel's words (IMP-06). */
export function unauthorized(error: string): ReplyPlan {
  return jsonReply(401, { code: 401, error, status: 'Unauthorized' })
}

/** 401, or 429 with seconds to wait after too many wrong credentials. */
export function refuseAccess({ text, waitS }: { readonly text: string; readonly waitS?: number }): ReplyPlan {
  if (waitS === undefined) return unauthorized(text)
  return jsonReply(429, { code: 429, error: text, status: 'Too Many Requests' }, retryAfter(waitS))
}

/**
 * 429: the commit queue is full, or the project's rate limit is used up, in the form of TRK-27. In: seconds to wait.
 */
export function tooBusy(waitS: number = RETRY_AFTER_S): ReplyPlan {
  const body = { code: 429, error: RATE_EXCEEDED, status: 'Too Many Requests' }
  return jsonReply(429, body, retryAfter(waitS))
}

/** 503: the database is unavailable, so nothing may be acknowledged (DEC-08). */
export function storeUnavailable(): ReplyPlan {
  const body = { code: 503, error: TEMPORARY_FAILURE, status: 'Service Unavailable' }
  return jsonReply(503, body, RETRY_LATER)
}

/** 500: a bug; its cause is in the log. */
export function internalError(): ReplyPlan {
  return jsonReply(500, { code: 500, error: 'internal error', status: 'Internal Server Error' })
}

/** 400: the request is malformed, and no route has read it. */
export function badRequest(error: string): ReplyPlan {
  return jsonReply(400, { code: 400, error, status: 'Bad Request' })
}

/** The header with the seconds to wait. */
export function retryAfter(waitS: number): Record<string, string> {
  return { 'retry-after': String(waitS) }
}
