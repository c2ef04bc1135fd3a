import { object, PROBLEM } from './routing/schemas.ts'
import { json, problem, type RouteShape } from './routing/shape.ts'

const READINESS = object(
  {
    status: { enum: ['ok', 'not_ready'] },
    database: { type: 'boolean', description: 'Whether the database answers.' },
    queue: {
      type: 'boolean',
      description: 'Whether the commit queues have room for more records, and write them.',
    },
    stopping: { type: 'boolean', description: 'Whether the server was asked to stop.' },
    reason: {
      type: 'string',
      description: 'Why no records are taken although the database answers, such as a full disk.',
    },
  },
  ['reason'],
)

const WITH_PARAMETER = problem('The request has a parameter.', PROBLEM)

export const HEALTH = {
  method: 'GET',
  url: '/_twin/health',
  tag: 'Server',
  operationId: 'health',
  summary: 'Check whether the process runs',
  access: 'open',
  answers: { 200: json('It is.', object({ status: { const: 'ok' } })), 400: WITH_PARAMETER },
} as const satisfies RouteShape

export const READY = {
  method: 'GET',
  url: '/_twin/ready',
  tag: 'Server',
  operationId: 'ready',
  summary: 'Check whether the server can accept records',
  access: 'open',
  answers: { 200: json('It can.', READINESS), 400: WITH_PARAMETER, 503: json('It cannot.', READINESS) },
} as const satisfies RouteShape
