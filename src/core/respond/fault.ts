import { NO_CREDENTIALS } from '../answers/access.ts'
import { NO_API_CALLS, QUERY_LIMITS, queryRateExceeded, READ_RATE_EXCEEDED } from '../answers/reading.ts'
import { parseQuery } from '../decode/params.ts'
import { EXPORT_PATH, type Fault } from '../faults/fault.ts'
import { MAX_REQUEST_BYTES } from '../limits.ts'
import {
  internalError,
  RETRY_LATER,
  storeUnavailable,
  tooBusy,
  tooManyBytes,
  unauthorized,
} from './errors.ts'
import { refuseFlags } from './flags.ts'
import { jsonReply, type ReplyPlan, textReply } from './plan.ts'

/** Reason phrases of RFC 9110 for the statuses that an ingestion API may send. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'Request Entity Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** Endpoints without credentials, whose documented 401 and 403 have their own form (TRK-23). */
const OPEN = ['/track', '/engage', '/groups']

/** The call that a fault answers. */
export interface FaultyCall {
  /** The path as faults name it. */
  readonly path: string
  /** Path and query, as requested. */
  readonly url: string
}

/**
 * The answer of a fault with a status, in the error format of the endpoint's family: ingestion (TRK-27, IMP-27, IMP-28,
 * IMP-31), flags (FLG-04), export (QRY-07), queries (RTL-07, QRY-23) or data tasks (GDP-03).
 */
export function replyWithFault(fault: Fault, status: number, call: FaultyCall): ReplyPlan {
  const plan = fault.body === undefined ? errorOf(status, call) : textReply(status, fault.body)
  const { 'retry-after': usual, ...others } = plan.headers ?? {}
  const seconds = fault.retry_after === undefined ? usual : fault.retry_after
  const retryAfter = seconds === undefined || seconds === null ? {} : { 'retry-after': String(seconds) }
  return {
    ...plan,
    status,
    contentType: fault.content_type ?? plan.contentType,
    headers: { ...others, ...retryAfter },
  }
}

/** An error in the format of the endpoint's family; in its usual words, unless others are given. */
export function errorOf(status: number, { path, url }: FaultyCall, words?: string): ReplyPlan {
  if (path === EXPORT_PATH) return waiting(textReply(status, words ?? readErrorOf(status)))
  if (path.startsWith('/api/app/')) {
    return jsonReply(status, { status: 'error', error: words ?? readErrorOf(status) })
  }
  if (path.startsWith('/api/') && status === 402) return jsonReply(402, { error: words ?? NO_API_CALLS })
  if (path.startsWith('/api/')) {
    return waiting(jsonReply(status, { request: url, error: words ?? queryErrorOf(status, url) }))
  }
  const isShort = /^\/flags(\/|$)/.test(path) || (OPEN.includes(path) && (status === 401 || status === 403))
  if (isShort) return { ...refuseFlags(400, wordsOf(status)), status }
  return ingestionErrorOf(status, words ?? wordsOf(status))
}

function ingestionErrorOf(status: number, words: string): ReplyPlan {
  switch (status) {
    case 401:
      return unauthorized(NO_CREDENTIALS)
    case 413:
      return tooManyBytes(MAX_REQUEST_BYTES)
    case 429:
      return tooBusy()
    case 500:
      return internalError()
    case 503:
      return storeUnavailable()
    default:
      return jsonReply(status, { code: status, error: words, status: REASONS[status] ?? 'Error' })
  }
}

/** Reads are told how long to wait, too (RTL-07). */
function waiting(plan: ReplyPlan): ReplyPlan {
  return plan.status === 429 ? { ...plan, headers: RETRY_LATER } : plan
}

function readErrorOf(status: number): string {
  return status === 429 ? READ_RATE_EXCEEDED : wordsOf(status)
}

/** What Mixpanel would say of the 61st query of an hour. */
function queryErrorOf(status: number, url: string): string {
  if (status !== 429) return wordsOf(status)
  const projectId = parseQuery(url).get('project_id') || '0'
  const { atOnce, perHour } = QUERY_LIMITS
  return queryRateExceeded(projectId, { count: 1, limit: atOnce }, { count: perHour + 1, limit: perHour })
}

function wordsOf(status: number): string {
  return (REASONS[status] ?? 'error').toLowerCase()
}
