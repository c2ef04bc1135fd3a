import type { Infer } from '../core/json-schema.ts'
import { MAX_RECORDS } from '../core/limits.ts'
import { OUTCOMES } from '../core/verdict/entry.ts'
import { byMode, COUNT, listOf, MODE, named, object, TEXT } from './routing/schemas.ts'
import { type BodyOf, json, type RouteShape } from './routing/shape.ts'
import { RENDERED_VERDICT } from './verdicts.shape.ts'

const EXPLAINED_RECORD = object({
  record_index: COUNT,
  event: { type: ['string', 'null'] },
  outcome: { enum: OUTCOMES },
  distinct_id: {
    type: ['string', 'null'],
    description: 'The user it would belong to; null if it would not be stored.',
  },
  verdicts: listOf(RENDERED_VERDICT),
})

const EXPLAINED_USER = object({
  distinct_id: TEXT,
  distinct_ids: listOf(TEXT),
  records: { ...listOf(COUNT), description: 'The indexes of the records that would belong to this user.' },
})

const MODE_EXPLANATION = object({ users: listOf(EXPLAINED_USER), records: listOf(EXPLAINED_RECORD) })

const DIFFERENCE = object({
  record_index: {
    type: ['integer', 'null'],
    description: 'Null if the difference concerns the resulting users.',
  },
  message: TEXT,
  modes: byMode(TEXT),
})

const EXPLANATION = named(
  'Explanation',
  object({ modes: byMode(MODE_EXPLANATION), differences: listOf(DIFFERENCE) }),
)

export const EXPLAIN = {
  method: 'POST',
  url: '/_twin/explain',
  tag: 'Explaining',
  operationId: 'explain',
  summary: 'Say what records would do in each identity system',
  description: 'Runs the ingestion code on an empty project of each identity system. Nothing is stored.',
  body: {
    type: 'object',
    required: ['records'],
    properties: {
      records: {
        type: 'array',
        minItems: 1,
        maxItems: MAX_RECORDS,
        description: 'Events as an SDK sends them, in order.',
      },
      endpoint: { enum: ['track', 'import'], description: 'The default is track; imports are strict.' },
      modes: {
        type: 'array',
        minItems: 1,
        items: MODE,
        description: 'The identity systems; the default is all three.',
      },
    },
    additionalProperties: false,
  },
  example: {
    records: [
      { event: 'View', properties: { token: 't', $device_id: 'd1', distinct_id: '$device:d1' } },
      { event: 'Sign Up', properties: { token: 't', $device_id: 'd1', $user_id: 'charlie' } },
    ],
  },
  answers: { 200: json('The users and outcomes of each mode, and where modes differ.', EXPLANATION) },
} as const satisfies RouteShape

/** The records to explain, their endpoint and the modes. */
export type ExplainBody = BodyOf<typeof EXPLAIN>

/** The result in each requested mode, and where the modes differ. */
export type Explanation = Infer<typeof EXPLANATION>

/** The users and records in one mode. */
export type ModeExplanation = Infer<typeof MODE_EXPLANATION>

/** A user that the records would create. */
export type ExplainedUser = Infer<typeof EXPLAINED_USER>

/** The outcome of a record in one mode. */
export type ExplainedRecord = Infer<typeof EXPLAINED_RECORD>

/** A difference between modes, either in their users or in the outcome of a record. */
export type Difference = Infer<typeof DIFFERENCE>
