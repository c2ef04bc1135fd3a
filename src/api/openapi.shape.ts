import { ANY_JSON } from './routing/schemas.ts'
import { json, type RouteShape } from './routing/shape.ts'

export const OPENAPI_DOCUMENT = {
  method: 'GET',
  url: '/_twin/openapi.json',
  tag: 'Server',
  operationId: 'openapi',
  summary: 'This document',
  answers: { 200: json('OpenAPI 3.1.', ANY_JSON) },
} as const satisfies RouteShape
