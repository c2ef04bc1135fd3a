import { object, TIMESTAMP } from './routing/schemas.ts'
import { type BodyOf, json, nothing, type RouteShape } from './routing/shape.ts'

const URL = '/_twin/projects/:project/clock'

/** In ms; more than any clock can be ahead or behind. */
const MAX_MS = 10_000_000_000_000

const CLOCK = json(
  'Its time.',
  object({
    now: TIMESTAMP,
    now_ms: { type: 'integer', description: 'The same time in ms since 1970.' },
    offset_ms: { type: 'integer', description: 'Its lead over the clock of the server; 0 by default.' },
  }),
)

export const READ_CLOCK = {
  method: 'GET',
  url: URL,
  tag: 'Simulation',
  operationId: 'readClock',
  summary: 'Read the clock of a project',
  answers: { 200: CLOCK },
} as const satisfies RouteShape

export const SET_CLOCK = {
  method: 'PUT',
  url: URL,
  tag: 'Simulation',
  operationId: 'setClock',
  summary: 'Set the clock of a project',
  description:
    'To a time (now) or relative to the server’s clock (offset_ms); it continues to run from there.',
  body: {
    type: 'object',
    properties: {
      now: {
        anyOf: [
          { type: 'string', maxLength: 40 },
          { type: 'integer', minimum: -MAX_MS, maximum: MAX_MS },
        ],
      },
      offset_ms: { type: 'integer', minimum: -MAX_MS, maximum: MAX_MS },
    },
    additionalProperties: false,
  },
  example: { offset_ms: 432_001_000 },
  answers: { 200: CLOCK },
} as const satisfies RouteShape

export const RESET_CLOCK = {
  method: 'DELETE',
  url: URL,
  tag: 'Simulation',
  operationId: 'giveClockBack',
  summary: 'Reset the clock of a project to the server’s',
  answers: { 204: nothing('It has it.') },
} as const satisfies RouteShape

/** The time to set a clock to, or its offset. */
export type ClockBody = BodyOf<typeof SET_CLOCK>
