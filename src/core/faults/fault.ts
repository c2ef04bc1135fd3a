import { err, ok, type Result } from '../result.ts'
import { isControlPath } from './match.ts'

/** A way to misbehave, and when: what `PUT /_twin/faults` takes. Only an effect is required. */
export interface Fault {
  /** Such as `/track`, or a prefix such as `/api/*`; without one, the endpoints that records are sent to. */
  readonly path?: string
  readonly method?: string
  /** The id or token of the project that a request must name. */
  readonly project?: string | number
  /** The status of the answer, whose body has the endpoint's form of errors. */
  readonly status?: number
  /** Seconds of the Retry-After header; null omits it where a 429 or 503 would have one. */
  readonly retry_after?: number | null
  /** The body of the answer in place of the endpoint's. */
  readonly body?: string
  readonly content_type?: string
  /** Waits first. */
  readonly latency_ms?: number
  /** Resets the connection instead of answering. */
  readonly reset_connection?: boolean
  /** Announces the whole answer, sends the first half and closes the connection. */
  readonly truncate_response?: boolean
  /** Ends an export after a few lines with the line `terminated early` (QRY-08). */
  readonly terminate_early?: boolean
  /** Executes the request first, so that only its answer is affected. */
  readonly after_commit?: boolean
  /** From 0 to 1, drawn anew for each match; 1 by default. */
  readonly probability?: number
  /** Matches to skip first. */
  readonly skip?: number
  /** How often it fires before it is used up; unlimited by default. */
  readonly times?: number
  /** The seed of `probability`: the same seed, the same draws. */
  readonly seed?: number
}

/** The path of exports, the only ones that can end early. */
export const EXPORT_PATH = '/api/2.0/export'

/**
 * Fills in what follows from the other fields. Error: which fields do not fit together, as a sentence without its
 * beginning.
 */
export function checkFault(fault: Fault): Result<Fault, string> {
  const problem = findProblem(fault)
  if (problem !== undefined) return err(problem)
  return ok(fault.terminate_early === true ? { path: EXPORT_PATH, ...fault } : fault)
}

function findProblem(fault: Fault): string | undefined {
  const { path, status, body } = fault
  if (path !== undefined && isControlPath(path)) {
    return '.path: /_twin/ and /metrics never misbehave; name an endpoint of Mixpanel such as /track.'
  }
  if (!hasEffect(fault)) {
    return ': there is no effect; give one of status, latency_ms, reset_connection, truncate_response, terminate_early.'
  }
  if (fault.reset_connection === true) {
    const idle = (['status', 'truncate_response', 'terminate_early'] as const).find((name) => fault[name])
    if (idle !== undefined)
      return `.${idle}: a connection that is reset carries no answer; leave one of them out.`
  }
  if (status === undefined) {
    const idle = (['body', 'content_type', 'retry_after'] as const).find((name) => fault[name] !== undefined)
    if (idle !== undefined) return `.${idle}: this is of use with a status only.`
  }
  if (status !== undefined && status < 400 && body === undefined) {
    return '.body: a status below 400 needs one, since it is no error that an endpoint has words for.'
  }
  if (fault.terminate_early !== true) return undefined
  if (path !== undefined && path !== EXPORT_PATH) return `.path: only ${EXPORT_PATH} can end early.`
  const idle = (['status', 'truncate_response'] as const).find((name) => fault[name])
  return idle === undefined
    ? undefined
    : `.${idle}: an export that ends early is answered otherwise; leave one out.`
}

function hasEffect(fault: Fault): boolean {
  const { status, latency_ms: latencyMs = 0 } = fault
  const isCut = fault.truncate_response === true || fault.terminate_early === true
  return status !== undefined || latencyMs > 0 || fault.reset_connection === true || isCut
}
