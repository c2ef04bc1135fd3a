import { COUNT, listOf, object, TEXT } from './routing/schemas.ts'
import { json, type RouteShape } from './routing/shape.ts'

export const ADVANCE_TASKS = {
  method: 'POST',
  url: '/_twin/projects/:project/advance',
  tag: 'Projects',
  operationId: 'advanceTasks',
  summary: 'Complete pending data retrievals and deletions now',
  description: 'Mixpanel takes up to 30 days.',
  body: {
    type: 'object',
    properties: {
      to: { enum: ['STAGING', 'STARTED', 'SUCCESS'], description: 'The default is SUCCESS.' },
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
  description: 'As Mixpanel’s compaction does: of several events with the same $insert_id, one is kept.',
  body: {
    type: 'object',
    properties: {
      day: {
        type: 'string',
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description: "A day in the project's time zone; the default is every day.",
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
