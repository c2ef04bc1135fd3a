import { COUNT, listOf, object, TEXT } from './routing/schemas.ts'
import { json, type RouteShape } from './routing/shape.ts'

export const ADVANCE_TASKS = {
  method: 'POST',
  url: '/_twin/projects/:project/advance',
  tag: 'Projects',
  operationId: 'advanceTasks',
  summary: 'Do waiting data retrievals and deletions now',
  description: 'What takes Mixpanel up to 30 days.',
  body: {
    type: 'object',
    properties: {
      to: { enum: ['STAGING', 'STARTED', 'SUCCESS'], description: 'SUCCESS unless it is given.' },
    },
    additionalProperties: false,
  },
  isBodyOptional: true,
  example: { to: 'SUCCESS' },
  answers: {
    200: json(
      'The tasks that moved.',
      object({
        tasks: listOf(
          object({
            tracking_id: TEXT,
            kind: { enum: ['retrieval', 'deletion'] },
            status: { enum: ['PENDING', 'STAGING', 'STARTED', 'SUCCESS'] },
          }),
        ),
      }),
    ),
  },
} as const satisfies RouteShape

export const COMPACT_PROJECT = {
  method: 'POST',
  url: '/_twin/projects/:project/compact',
  tag: 'Projects',
  operationId: 'compactProject',
  summary: 'Remove duplicates now',
  description: 'What Mixpanel’s compaction may do some day: of events with one $insert_id, one stays.',
  body: {
    type: 'object',
    properties: {
      day: {
        type: 'string',
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description: "A day of the project's time zone; every day unless it is given.",
      },
    },
    additionalProperties: false,
  },
  isBodyOptional: true,
  example: { day: '2026-08-20' },
  answers: {
    200: json(
      'What was done.',
      object({ days: { ...COUNT, description: 'Days that had events.' }, removed: COUNT }),
    ),
  },
} as const satisfies RouteShape
