import type { Infer } from '../core/json-schema.ts'
import { LIMIT } from '../read/limit.ts'
import { ORDER } from '../read/order.ts'
import { AFTER, ANY_OBJECT, listOf, NEXT, named, object, TEXT, TIMESTAMP } from './routing/schemas.ts'
import { json, type RouteShape } from './routing/shape.ts'

const EVENT_FIELDS = {
  event: TEXT,
  distinct_id: {
    ...TEXT,
    description: 'The canonical distinct_id of the user that the event belongs to now.',
  },
  original_distinct_id: { ...TEXT, description: 'As it was sent.' },
  time: { type: 'integer', description: 'Milliseconds since 1970.' },
  insert_id: TEXT,
  received_at: TIMESTAMP,
  properties: ANY_OBJECT,
} as const

export const EVENT = named('Event', object(EVENT_FIELDS))

export const DIFFERENCE = object({
  field: { type: 'string', description: 'event, distinct_id, group_id, or properties. followed by a name.' },
  wanted: { type: 'string', description: 'Values of properties as JSON.' },
  found: { type: 'string', description: 'The same; empty where there is no such property.' },
  hint: TEXT,
  text: { type: 'string', description: 'In words: plan: expected "pro", got "free".' },
})

/** An event that does not match what was waited for, with the differences. */
export const NEAR_MISS = named('NearMiss', object({ ...EVENT_FIELDS, differences: listOf(DIFFERENCE) }))

/** Query parameters that select events. */
export const EVENT_NAME = { type: 'string', description: 'The exact name of an event.' } as const
export const DISTINCT_ID = { type: 'string', description: 'Any id of the user.' } as const

export const TIME = {
  type: ['string', 'integer'],
  examples: ['2026-08-20', '2026-08-20T12:00:00Z', 1_787_227_200_123],
} as const

export const LIST_EVENTS = {
  method: 'GET',
  url: '/_twin/projects/:project/events',
  tag: 'Records',
  operationId: 'listEvents',
  summary: 'Read the stored events of a project',
  description: 'Deduplicated, each with its current user.',
  query: {
    event: EVENT_NAME,
    distinct_id: DISTINCT_ID,
    from: { ...TIME, description: 'ISO 8601, or milliseconds since 1970.' },
    to: { ...TIME, description: 'The same, exclusive.' },
    order: ORDER,
    after: AFTER,
    limit: LIMIT,
  },
  answers: {
    200: json(
      'A page of events. One of very long events ends early.',
      object({ events: listOf(EVENT), next: NEXT }),
    ),
  },
} as const satisfies RouteShape

/** A stored event. `time` is in ms since the epoch. */
export type StoredEvent = Infer<typeof EVENT>
