import { type RouteShape, text } from './routing/shape.ts'

export const METRICS = {
  method: 'GET',
  url: '/metrics',
  tag: 'Server',
  operationId: 'metrics',
  summary: 'Metrics in the Prometheus text format',
  answers: { 200: text('In the text format of Prometheus.', 'text/plain') },
} as const satisfies RouteShape
