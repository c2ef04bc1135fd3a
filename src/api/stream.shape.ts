import { DISTINCT_ID, EVENT_NAME } from './events.shape.ts'
import { type RouteShape, text } from './routing/shape.ts'
import { VERDICT_CODE } from './verdicts.shape.ts'

export const STREAM = {
  method: 'GET',
  url: '/_twin/projects/:project/stream',
  tag: 'Records',
  operationId: 'stream',
  summary: 'Follow what is committed, as server-sent events',
  description:
    'Messages event, link and verdict, within some 50 ms of their commit; reset and deleted at the end of a project. Goes on after the id in the header Last-Event-ID.',
  query: {
    types: { type: 'string', description: 'Some of event,link,verdict.' },
    event: EVENT_NAME,
    distinct_id: DISTINCT_ID,
    code: VERDICT_CODE,
    last_event_id: { type: 'string', description: 'As the header, which wins; 0 is the beginning.' },
  },
  answers: { 200: text('The stream; it does not end by itself.', 'text/event-stream') },
} as const satisfies RouteShape
