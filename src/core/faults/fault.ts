import type { Infer } from '../json-schema.ts'
import { err, ok, type Result } from '../result.ts'
import { isControlPath } from './match.ts'

/** Schema of a `seed`. */
export const SEED = {
  type: 'integer',
  minimum: 0,
  maximum: 4_294_967_295,
  description: 'The same seed, the same draws of probability.',
} as const

/** Schemas of the fields of a fault. */
export const FAULT_FIELDS = {
  path: {
    type: 'string',
    maxLength: 255,
    pattern: '^(/[\\x21-\\x29\\x2b-\\x7e]*)?\\*?$',
    minLength: 1,
    description: 'As /track, or a beginning as /api/*; without one, where records are sent.',
  },
  method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
  project: {
    anyOf: [{ type: 'integer' }, { type: 'string', minLength: 1, maxLength: 128 }],
    description: 'The id or token of the project that a request must name.',
  },
  status: {
    type: 'integer',
    minimum: 200,
    maximum: 599,
    description: 'Answered in the form that the endpoint gives its errors.',
  },
  retry_after: {
    type: ['integer', 'null'],
    minimum: 0,
    maximum: 86_400,
    description: 'Seconds; null leaves the header out where a 429 or 503 would have it.',
  },
  body: { type: 'string', maxLength: 65_536, description: "In place of the endpoint's own." },
  content_type: { type: 'string', pattern: '^[\\x20-\\x7e]{1,255}$' },
  latency_ms: { type: 'integer', minimum: 0, maximum: 600_000 },
  reset_connection: { type: 'boolean', description: 'Instead of an answer.' },
  truncate_response: { type: 'boolean', description: 'Sends half of what it announces.' },
  // QRY-08
  terminate_early: { type: 'boolean', description: 'Ends an export with the line "terminated early".' },
  after_commit: { type: 'boolean', description: 'Only the answer is concerned: the records are stored.' },
  probability: { type: 'number', minimum: 0, maximum: 1, description: 'Drawn again for each match.' },
  skip: { type: 'integer', minimum: 0, maximum: 1_000_000_000, description: 'Matches to let pass first.' },
  times: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000_000,
    description: 'How often it fires; unlimited by default.',
  },
  seed: SEED,
} as const

/** An entry of `PUT /_twin/faults`: a way to misbehave, and when. Only an effect is required. */
export type Fault = Infer<{ readonly type: 'object'; readonly properties: typeof FAULT_FIELDS }>

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
