import { LIMIT } from '../../read/limit.ts'
import { AFTER, json, listOf, nothing, type Operations, object, type Schema, shape } from './operation.ts'

const tags = ['Configuration'] as const

const FLAGS = json('The flags, by key.', object({ flags: listOf(shape('Flag')) }))

/** What parseFlags takes: it says more precisely what is wrong than a schema could. */
const FLAGS_BODY: Schema = object({
  flags: listOf({
    type: 'object',
    required: ['key', 'ruleset'],
    description: 'As a flag is shown; all but key, and key and value of each variant, has a default.',
    properties: { key: { type: 'string' }, ruleset: { type: 'object', required: ['variants'] } },
  }),
})

/** Flags and lookup tables. */
export const CONFIGURATION_OPERATIONS: Operations = {
  'GET /_twin/projects/:project/flags': {
    tags,
    operationId: 'listFlags',
    summary: 'Read the feature flags of a project',
    answers: { 200: FLAGS },
  },
  'PUT /_twin/projects/:project/flags': {
    tags,
    operationId: 'putFlags',
    summary: 'Put flags in the place of all that a project has',
    body: FLAGS_BODY,
    example: {
      flags: [
        {
          key: 'new-checkout',
          ruleset: {
            variants: [
              { key: 'off', value: false, is_control: true, split: 0.5 },
              { key: 'on', value: true, is_control: false, split: 0.5 },
            ],
          },
        },
      ],
    },
    answers: { 200: FLAGS },
  },
  'DELETE /_twin/projects/:project/flags': {
    tags,
    operationId: 'deleteFlags',
    summary: 'Remove the flags of a project',
    answers: { 204: nothing('It has none.') },
  },
  'POST /_twin/projects/:project/lookup-tables': {
    tags,
    operationId: 'createLookupTable',
    summary: 'Make an empty lookup table',
    description: 'PUT /lookup-tables/{id} fills it. The id is made up unless it is given.',
    example: { name: 'Songs', id: 'songs' },
    answers: { 201: json('The table.', shape('LookupTable')) },
  },
  'GET /_twin/projects/:project/lookup-tables': {
    tags,
    operationId: 'listLookupTables',
    summary: 'List the lookup tables of a project',
    answers: { 200: json('By name.', object({ lookup_tables: listOf(shape('LookupTable')) })) },
  },
  'GET /_twin/projects/:project/lookup-tables/:id': {
    tags,
    operationId: 'readLookupTable',
    summary: 'Read the rows of a lookup table',
    query: { after: AFTER, limit: LIMIT },
    answers: { 200: json('A page of rows, in the order of the file.', shape('LookupRows')) },
  },
  'DELETE /_twin/projects/:project/lookup-tables/:id': {
    tags,
    operationId: 'deleteLookupTable',
    summary: 'Delete a lookup table',
    answers: { 204: nothing('It is gone.') },
  },
}
