import { DISTINCT_ID, EVENT_NAME } from './events.shape.ts'
import { type RouteShape, text } from './routing/shape.ts'
import { VERDICT_CODE } from './verdicts.shape.ts'

export const STREAM = {
  method: 'GET',
  url: '/_twin/projects/:project/stream',
  tag: 'Records',
  operationId: 'stream',
  summary: 'Stream records as they are committed, as server-sent events',
  description:
    'Messages of type event, link and verdict within about 50 ms of their commit; reset and deleted when the project is reset or deleted. Resumes after the id in the header Last-Event-ID.',
  query: {
    types: { type: 'string', description: 'A comma-separated list of event, link and verdict.' },
    event: EVENT_NAME,
    distinct_id: DISTINCT_ID,
    code: VERDICT_CODE,
    last_event_id: {
      type: 'string',
      description: 'Same as the header Last-Event-ID, which takes precedence; 0 is the beginning.',
    },
  },
  answers: { 200: text('The stream; it does not end by itself.', 'text/event-stream') },
} as const satisfies RouteShape
