import { EVENT_NAME, TIME } from './events.shape.ts'
import { type RouteShape, text } from './routing/shape.ts'

const WHERE = {
  type: 'string',
  examples: ['properties["plan"] == "pro"'],
  description: 'A segmentation expression, as in queries of Mixpanel.',
} as const

const LINES = 'application/x-ndjson'

export const EXPORT_EVENTS = {
  method: 'GET',
  url: '/_twin/projects/:project/export/events',
  tag: 'Records',
  operationId: 'exportEvents',
  summary: 'Read all events of a project as JSON lines',
  description:
    'As the raw export of Mixpanel has them, with the time in milliseconds, of any size. Without the last line break the answer was cut.',
  query: {
    event: EVENT_NAME,
    from: { ...TIME, description: 'ISO 8601, or milliseconds since 1970.' },
    to: { ...TIME, description: 'The same, exclusive.' },
    where: WHERE,
  },
  answers: { 200: text('An event per line, by time.', LINES) },
} as const satisfies RouteShape

export const EXPORT_PROFILES = {
  method: 'GET',
  url: '/_twin/projects/:project/export/profiles',
  tag: 'Records',
  operationId: 'exportProfiles',
  summary: 'Read all user profiles of a project as JSON lines',
  description: 'As profile queries of Mixpanel have them: $distinct_id and $properties.',
  query: { where: WHERE },
  answers: { 200: text('A profile per line, by distinct_id.', LINES) },
} as const satisfies RouteShape
