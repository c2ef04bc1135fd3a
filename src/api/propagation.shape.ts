import { SETTINGS } from '../core/settings.ts'
import { object } from './routing/schemas.ts'
import { json, type RouteShape } from './routing/shape.ts'

const URL = '/_twin/projects/:project/propagation'
const { schema } = SETTINGS.identity_propagation_ms
const PROPAGATION = json('The delay.', object({ delay_ms: schema }))

export const READ_PROPAGATION = {
  method: 'GET',
  url: URL,
  tag: 'Simulation',
  operationId: 'readPropagation',
  summary: 'Read how long queries of a project take to show a merge',
  answers: { 200: PROPAGATION },
} as const satisfies RouteShape

export const SET_PROPAGATION = {
  method: 'PUT',
  url: URL,
  tag: 'Simulation',
  operationId: 'setPropagation',
  summary: 'Set how long queries of a project take to show a merge',
  description: 'Up to a day in Mixpanel. The default is 0.',
  body: {
    type: 'object',
    required: ['delay_ms'],
    properties: { delay_ms: schema },
    additionalProperties: false,
  },
  example: { delay_ms: 60_000 },
  answers: { 200: PROPAGATION },
} as const satisfies RouteShape
