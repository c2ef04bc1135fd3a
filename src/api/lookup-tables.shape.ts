import { STORABLE } from '../core/settings.ts'
import { LIMIT } from '../read/limit.ts'
import { AFTER, ANY_OBJECT, COUNT, listOf, MOMENT, named, object, orNull, TEXT } from './routing/schemas.ts'
import { type BodyOf, json, nothing, type RouteShape } from './routing/shape.ts'

const TABLES = '/_twin/projects/:project/lookup-tables'
const TABLE = `${TABLES}/:id`
const PARAMS = { id: 'The id of a lookup table.' } as const

const FIELDS = {
  id: TEXT,
  name: TEXT,
  columns: { ...listOf(TEXT), description: 'The first is the key.' },
  row_count: COUNT,
  replaced_at: orNull(MOMENT),
} as const

const LOOKUP_TABLE = named('LookupTable', object(FIELDS))

const LOOKUP_ROWS = named(
  'LookupRows',
  object({
    ...FIELDS,
    rows: listOf(object({ id: TEXT, properties: ANY_OBJECT })),
    next: { type: ['string', 'null'] },
  }),
)

export const CREATE_LOOKUP_TABLE = {
  method: 'POST',
  url: TABLES,
  tag: 'Configuration',
  operationId: 'createLookupTable',
  summary: 'Make an empty lookup table',
  description: 'PUT /lookup-tables/{id} fills it. The id is made up unless it is given.',
  body: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', minLength: 1, maxLength: 255, pattern: STORABLE },
      id: { type: 'string', pattern: '^[0-9A-Za-z._-]{1,64}$' },
    },
    additionalProperties: false,
  },
  example: { name: 'Songs', id: 'songs' },
  answers: { 201: json('The table.', LOOKUP_TABLE) },
} as const satisfies RouteShape

export const LIST_LOOKUP_TABLES = {
  method: 'GET',
  url: TABLES,
  tag: 'Configuration',
  operationId: 'listLookupTables',
  summary: 'List the lookup tables of a project',
  answers: { 200: json('By name.', object({ lookup_tables: listOf(LOOKUP_TABLE) })) },
} as const satisfies RouteShape

export const READ_LOOKUP_TABLE = {
  method: 'GET',
  url: TABLE,
  params: PARAMS,
  tag: 'Configuration',
  operationId: 'readLookupTable',
  summary: 'Read the rows of a lookup table',
  query: { after: AFTER, limit: LIMIT },
  answers: { 200: json('A page of rows, in the order of the file.', LOOKUP_ROWS) },
} as const satisfies RouteShape

export const DELETE_LOOKUP_TABLE = {
  method: 'DELETE',
  url: TABLE,
  params: PARAMS,
  tag: 'Configuration',
  operationId: 'deleteLookupTable',
  summary: 'Delete a lookup table',
  answers: { 204: nothing('It is gone.') },
} as const satisfies RouteShape

/** A lookup table to make; its id is made up unless it is given. */
export type NewLookupTableBody = BodyOf<typeof CREATE_LOOKUP_TABLE>
