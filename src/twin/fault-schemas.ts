import type { Fault } from '../core/faults/fault.ts'
import type { FieldsOf } from './setting-schemas.ts'

/** Body of `PUT /_twin/faults`; a bare list of faults is taken too. */
export interface FaultsBody {
  readonly faults: readonly Fault[]
  /** Of the faults that have none of their own. */
  readonly seed?: number
}

const SEED = {
  type: 'integer',
  minimum: 0,
  maximum: 4_294_967_295,
  description: 'The same seed, the same draws of probability.',
}

/** Schemas of the fields of a fault. */
export const FAULT: FieldsOf<Fault> = {
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
  terminate_early: { type: 'boolean', description: 'Ends an export with the line "terminated early".' },
  after_commit: { type: 'boolean', description: 'Only the answer is concerned: the records are stored.' },
  probability: { type: 'number', minimum: 0, maximum: 1, description: 'Drawn anew for each match.' },
  skip: { type: 'integer', minimum: 0, maximum: 1_000_000_000, description: 'Matches to let pass first.' },
  times: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000_000,
    description: 'How often it fires; for ever unless it is given.',
  },
  seed: SEED,
}

const FAULTS: FieldsOf<FaultsBody> = {
  faults: {
    type: 'array',
    maxItems: 100,
    items: { type: 'object', properties: FAULT, additionalProperties: false },
  },
  seed: SEED,
}

/** Schema of FaultsBody. */
export const FAULTS_BODY = {
  type: 'object',
  required: ['faults'],
  properties: FAULTS,
  additionalProperties: false,
} as const
