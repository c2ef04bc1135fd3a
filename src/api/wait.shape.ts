import type { Infer } from '../core/json-schema.ts'
import { EXACTLY, SETTLE_MS, TIMEOUT_MS, COUNT as WAIT_COUNT } from '../read/wait/query.ts'
import { DIFFERENCE, DISTINCT_ID, EVENT, EVENT_NAME, NEAR_MISS } from './events.shape.ts'
import { ANY_OBJECT, COUNT, listOf, named, object, TEXT, TIMESTAMP } from './routing/schemas.ts'
import { json, problem, type RouteShape } from './routing/shape.ts'
import { VERDICT, VERDICT_CODE } from './verdicts.shape.ts'

const PROFILE_FIELDS = {
  distinct_id: { ...TEXT, description: 'Of a user: the canonical one.' },
  group_key: { ...TEXT, description: 'Of a group, as group_id.' },
  group_id: TEXT,
  profile: ANY_OBJECT,
} as const

const PROFILE = named('Profile', object(PROFILE_FIELDS, ['distinct_id', 'group_key', 'group_id']))

const NEAR_PROFILE = named(
  'NearProfile',
  object({ ...PROFILE_FIELDS, differences: listOf(DIFFERENCE) }, ['distinct_id', 'group_key', 'group_id']),
)

const MATCHED = listOf({ anyOf: [EVENT, VERDICT, PROFILE] })

const MESSAGE = {
  type: 'string',
  description:
    'For the log of a test, in a few lines: what was expected, the nearest with its differences, the verdict with its advice, and where the page shows it.',
} as const

/** Problem details, with what came instead. */
const ABSENCE = named(
  'Absence',
  object({
    type: { const: 'about:blank' },
    title: TEXT,
    status: { const: 408 },
    detail: { type: 'string', description: 'The likeliest reason, in a sentence.' },
    message: MESSAGE,
    matched: MATCHED,
    nearest: {
      ...listOf({ anyOf: [NEAR_MISS, NEAR_PROFILE] }),
      description: 'What came instead, with what differs.',
    },
    verdicts: { ...listOf(VERDICT), description: 'What may explain the absence.' },
    elsewhere: {
      ...listOf(
        object({ project_id: COUNT, token: TEXT, event: TEXT, distinct_id: TEXT, received_at: TIMESTAMP }),
      ),
      description:
        'Other projects to which such an event came, with a similar token or one that nobody has declared: was it sent with the wrong token?',
    },
  }),
)

/** Problem details, with what came besides. */
const EXCESS = named(
  'Excess',
  object({
    type: { const: 'about:blank' },
    title: TEXT,
    status: { const: 409 },
    detail: { type: 'string', description: 'What was expected, and what came besides.' },
    message: MESSAGE,
    matched: MATCHED,
    besides: { ...MATCHED, description: 'What came beyond that: up to five.' },
  }),
)

export const WAIT = {
  method: 'GET',
  url: '/_twin/projects/:project/wait',
  tag: 'Records',
  operationId: 'wait',
  summary: 'Wait for events, verdicts or a profile',
  description:
    'Answers as soon as count of them are there, whichever server they were sent to. Where a token makes a project, waits for that too. Name events by event or events, a verdict by code, the profile of a user by profile and that of a group by group_key and group_id.',
  query: {
    event: EVENT_NAME,
    events: {
      type: 'string',
      contentMediaType: 'application/json',
      contentSchema: listOf(TEXT),
      description: 'A JSON list of names: wait for all of these events, each as often as it is listed.',
      examples: ['["Viewed","Signed up"]'],
    },
    code: VERDICT_CODE,
    profile: { type: 'string', description: 'Any id of a user whose profile to wait for.' },
    group_key: { type: 'string', description: 'The key of a group whose profile to wait for.' },
    group_id: { type: 'string', description: 'The id of that group.' },
    distinct_id: DISTINCT_ID,
    properties: {
      type: 'string',
      contentMediaType: 'application/json',
      contentSchema: ANY_OBJECT,
      description: 'A JSON object: properties that an event or the profile must have, among others.',
      examples: ['{"plan":"pro"}'],
    },
    count: { ...WAIT_COUNT, description: 'How many must come; more may.' },
    exactly: {
      ...EXACTLY,
      description: 'How many must come, and no more: in place of count. 0 waits for absence.',
    },
    only: {
      enum: ['true', 'false'],
      default: 'false',
      description:
        'No other event may come: of the user if distinct_id is given, otherwise of the project; nor more of those named. What SDKs send by themselves, under names that begin with $, does not count.',
    },
    settle_ms: {
      ...SETTLE_MS,
      description: 'With exactly or only: for how long nothing more may come once all is there.',
    },
    timeout_ms: TIMEOUT_MS,
  },
  answers: {
    200: json(
      'They are there: events, verdicts where a code was given, or the profile.',
      object({ matched: MATCHED }),
    ),
    408: problem('They did not come in time: what came instead, and why.', ABSENCE),
    409: problem('With exactly or only: something came besides. Answered at once.', EXCESS),
  },
} as const satisfies RouteShape

/** The profile of a user or a group. */
export type Profile = Infer<typeof PROFILE>

/** Why what was waited for did not come in time, and what came instead. */
export type Absence = Infer<typeof ABSENCE>

/** What came besides what was waited for. */
export type Excess = Infer<typeof EXCESS>
