import { TIMEOUT_MS, COUNT as WAIT_COUNT } from '../read/wait/query.ts'
import { DISTINCT_ID, EVENT, EVENT_NAME, NEAR_MISS } from './events.shape.ts'
import { COUNT, listOf, named, object, TEXT, TIMESTAMP } from './routing/schemas.ts'
import { json, problem, type RouteShape } from './routing/shape.ts'
import { VERDICT, VERDICT_CODE } from './verdicts.shape.ts'

const MATCHED = listOf({ anyOf: [EVENT, VERDICT] })

/** Problem details, with what came instead. */
const ABSENCE = named(
  'Absence',
  object({
    type: { const: 'about:blank' },
    title: TEXT,
    status: { const: 408 },
    detail: { type: 'string', description: 'The likeliest reason, in a sentence.' },
    matched: MATCHED,
    nearest: { ...listOf(NEAR_MISS), description: 'What came instead, with what differs.' },
    verdicts: { ...listOf(VERDICT), description: 'What may explain the absence.' },
    elsewhere: {
      ...listOf(
        object({ project_id: COUNT, token: TEXT, event: TEXT, distinct_id: TEXT, received_at: TIMESTAMP }),
      ),
      description: 'Other projects to which such an event came: was it sent with the wrong token?',
    },
  }),
)

export const WAIT = {
  method: 'GET',
  url: '/_twin/projects/:project/wait',
  tag: 'Records',
  operationId: 'wait',
  summary: 'Wait for events, or for verdicts',
  description:
    'Answers as soon as count of them are there, whichever server they were sent to. Where a token makes a project, waits for that too.',
  query: {
    event: EVENT_NAME,
    code: VERDICT_CODE,
    distinct_id: DISTINCT_ID,
    properties: {
      type: 'string',
      contentMediaType: 'application/json',
      description: 'A JSON object: properties that an event must have, among others.',
      examples: ['{"plan":"pro"}'],
    },
    count: WAIT_COUNT,
    timeout_ms: TIMEOUT_MS,
  },
  answers: {
    200: json('They are there: events, or verdicts where a code was given.', object({ matched: MATCHED })),
    408: problem('They did not come in time: what came instead, and why.', ABSENCE),
  },
} as const satisfies RouteShape
