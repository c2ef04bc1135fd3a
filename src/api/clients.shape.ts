import type { Infer } from '../core/json-schema.ts'
import { COUNT, listOf, named, object, orNull, TEXT, TIMESTAMP } from './routing/schemas.ts'
import { json, type RouteShape } from './routing/shape.ts'

const CLIENT = named(
  'Client',
  object({
    lib: {
      ...orNull(TEXT),
      description: 'The SDK as its records name it, or the program that sent the records.',
    },
    version: orNull(TEXT),
    endpoints: listOf(TEXT),
    encoding: orNull(TEXT),
    host: orNull(TEXT),
    user_agent: orNull(TEXT),
    first_seen: TIMESTAMP,
    last_seen: TIMESTAMP,
    requests: COUNT,
    records: COUNT,
    hints: listOf(object({ code: TEXT, message: TEXT, advice: TEXT })),
  }),
)

export const LIST_CLIENTS = {
  method: 'GET',
  url: '/_twin/projects/:project/clients',
  tag: 'Records',
  operationId: 'listClients',
  summary: 'List the SDKs that have sent records, with their known pitfalls',
  answers: { 200: json('The one seen last first.', object({ clients: listOf(CLIENT) })) },
} as const satisfies RouteShape

/** A program that has sent records, and what may surprise its users. Null means unknown. */
export type Client = Infer<typeof CLIENT>
