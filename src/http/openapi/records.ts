import { OUTCOMES } from '../../core/verdict/entry.ts'
import { LIMIT } from '../../read/limit.ts'
import { ORDER } from '../../read/order.ts'
import { COUNT, TIMEOUT_MS } from '../../read/wait/query.ts'
import {
  AFTER,
  json,
  listOf,
  type Operations,
  object,
  pageOf,
  type Schema,
  shape,
  text,
} from './operation.ts'

const tags = ['Records'] as const

const CODE = shape('VerdictCode')
const EVENT: Schema = { type: 'string', description: 'The exact name of an event.' }
const DISTINCT_ID: Schema = { type: 'string', description: 'Any id of the user.' }
const MOMENT: Schema = { type: 'string', examples: ['2026-08-20', '2026-08-20T12:00:00Z', '1787227200123'] }

const VERDICTS_QUERY = {
  outcome: { enum: OUTCOMES },
  code: CODE,
  distinct_id: DISTINCT_ID,
  order: ORDER,
  after: AFTER,
  limit: LIMIT,
}

/** What was recorded, who is who, what had no effect, and waiting for it. */
export const RECORD_OPERATIONS: Operations = {
  'GET /_twin/projects/:project/events': {
    tags,
    operationId: 'listEvents',
    summary: 'Read the stored events of a project',
    description: 'Deduplicated, each with whose it is now.',
    query: {
      event: EVENT,
      distinct_id: DISTINCT_ID,
      from: { ...MOMENT, description: 'ISO 8601, or milliseconds since 1970.' },
      to: { ...MOMENT, description: 'The same, exclusive.' },
      order: ORDER,
      after: AFTER,
      limit: LIMIT,
    },
    answers: {
      200: json('A page of events. One of very long events ends early.', pageOf('events', shape('Event'))),
    },
  },
  'GET /_twin/projects/:project/users': {
    tags,
    operationId: 'listUsers',
    summary: 'List the users of a project',
    description: 'Those that have an event, a profile or a link.',
    query: { after: AFTER, limit: LIMIT },
    answers: { 200: json('A page of users.', pageOf('users', shape('ListedUser'))) },
  },
  'GET /_twin/projects/:project/users/:distinct_id': {
    tags,
    operationId: 'readUser',
    summary: 'Read a user, by any id',
    description:
      'Every id of the user with what linked it, the profile, what was refused. An id may hold slashes.',
    answers: { 200: json('The user.', shape('User')) },
  },
  'GET /_twin/projects/:project/verdicts': {
    tags,
    operationId: 'listVerdicts',
    summary: 'Read what had no effect, or not the one that was meant',
    query: VERDICTS_QUERY,
    answers: { 200: json('A page of verdicts.', pageOf('verdicts', shape('Verdict'))) },
  },
  'GET /_twin/projects/:project/verdicts/counts': {
    tags,
    operationId: 'countVerdicts',
    summary: 'Count verdicts by code',
    answers: {
      200: json(
        'The worst first, then the most frequent.',
        object({
          codes: listOf(object({ count: { type: 'integer', minimum: 1 }, newest: shape('Verdict') })),
        }),
      ),
    },
  },
  'GET /_twin/verdicts/unrouted': {
    tags,
    operationId: 'listUnroutedVerdicts',
    summary: 'Read the verdicts of no project',
    description: 'On records whose token nobody has, and requests that could not be read.',
    query: VERDICTS_QUERY,
    answers: { 200: json('A page of verdicts.', pageOf('verdicts', shape('Verdict'))) },
  },
  'GET /_twin/projects/:project/stream': {
    tags,
    operationId: 'stream',
    summary: 'Follow what is committed, as server-sent events',
    description:
      'Messages event, link and verdict, within some 50 ms of their commit; reset and deleted at the end of a project. Goes on after the id in the header Last-Event-ID.',
    query: {
      types: { type: 'string', description: 'Some of event,link,verdict.' },
      event: EVENT,
      distinct_id: DISTINCT_ID,
      code: CODE,
      last_event_id: { type: 'string', description: 'As the header, which wins; 0 is the beginning.' },
    },
    answers: { 200: text('The stream; it does not end by itself.', 'text/event-stream') },
  },
  'GET /_twin/projects/:project/clients': {
    tags,
    operationId: 'listClients',
    summary: 'Say which SDKs have sent records, and what traps lie before them',
    answers: { 200: json('The one seen last first.', object({ clients: listOf(shape('Client')) })) },
  },
  'GET /_twin/projects/:project/wait': {
    tags,
    operationId: 'wait',
    summary: 'Wait for events, or for verdicts',
    description:
      'Answers as soon as count of them are there, whichever server they were sent to. Where a token makes a project, waits for that too.',
    query: {
      event: EVENT,
      code: CODE,
      distinct_id: DISTINCT_ID,
      properties: {
        type: 'string',
        contentMediaType: 'application/json',
        description: 'A JSON object: properties that an event must have, among others.',
        examples: ['{"plan":"pro"}'],
      },
      count: COUNT,
      timeout_ms: TIMEOUT_MS,
    },
    answers: {
      200: json(
        'They are there: events, or verdicts where a code was given.',
        object({ matched: listOf({ anyOf: [shape('Event'), shape('Verdict')] }) }),
      ),
      408: {
        description: 'They did not come in time: what came instead, and why.',
        content: { 'application/problem+json': { schema: shape('Absence') } },
      },
    },
  },
}
