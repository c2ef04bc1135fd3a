import { json, type Operations, object, problem, text } from './operation.ts'
import { WHATEVER } from './shapes.ts'

const tags = ['Server'] as const

const READINESS = object({
  status: { enum: ['ok', 'not_ready'] },
  database: { type: 'boolean', description: 'It can be reached.' },
  queue: { type: 'boolean', description: 'It has room for more records.' },
})

/** The server itself. */
export const SERVER_OPERATIONS: Operations = {
  'GET /_twin/health': {
    tags,
    operationId: 'health',
    summary: 'Ask whether the process is alive',
    access: 'open',
    answers: { 200: json('It is.', object({ status: { const: 'ok' } })) },
  },
  'GET /_twin/ready': {
    tags,
    operationId: 'ready',
    summary: 'Ask whether the server can take records',
    access: 'open',
    answers: { 200: json('It can.', READINESS), 503: json('It cannot.', READINESS) },
  },
  'GET /_twin': {
    tags,
    operationId: 'page',
    summary: 'The web page',
    access: 'open',
    answers: {
      200: text('The page.', 'text/html; charset=utf-8'),
      304: { description: 'As before.', type: 'null' },
      503: text('It is not built yet.', 'text/html; charset=utf-8'),
    },
  },
  'GET /_twin/assets/:name': {
    tags,
    operationId: 'pageAsset',
    summary: 'A file of the web page',
    access: 'open',
    answers: {
      200: { description: 'The file.', content: { '*/*': { schema: {} } } },
      304: { description: 'As before.', type: 'null' },
      404: problem('The page has no such file.'),
    },
  },
  'GET /metrics': {
    tags,
    operationId: 'metrics',
    summary: 'The numbers of the server, for Prometheus',
    answers: { 200: text('In the text format of Prometheus.', 'text/plain') },
  },
  'GET /_twin/openapi.json': {
    tags,
    operationId: 'openapi',
    summary: 'This document',
    answers: { 200: json('OpenAPI 3.1.', WHATEVER) },
  },
}
