import type { Infer } from '../core/json-schema.ts'
import { CATALOGUE } from '../core/verdict/catalogue.ts'
import { OUTCOMES, SEVERITIES } from '../core/verdict/entry.ts'
import { LIMIT } from '../read/limit.ts'
import { ORDER } from '../read/order.ts'
import { DISTINCT_ID, TIME } from './events.shape.ts'
import { AFTER, ANY_JSON, listOf, NEXT, named, object, TEXT, TIMESTAMP } from './routing/schemas.ts'
import { json, type RouteShape } from './routing/shape.ts'

export const VERDICT_CODE = named('VerdictCode', {
  enum: Object.keys(CATALOGUE),
  description: 'Stable; GET /_twin/verdicts lists all codes.',
})

const RENDERED_FIELDS = {
  outcome: { enum: OUTCOMES },
  code: VERDICT_CODE,
  severity: {
    enum: SEVERITIES,
    description:
      'error: lost, or counted for the wrong person. warning: probably not what was meant. info: good to know.',
  },
  message: { ...TEXT, description: 'What happened, and why.' },
  advice: { ...TEXT, description: 'What to do about it.' },
  rule: { ...TEXT, description: 'The rule: GET /_twin/rules/{rule} has its text.' },
} as const

export const RENDERED_VERDICT = named('RenderedVerdict', object(RENDERED_FIELDS))

export const VERDICT = named(
  'Verdict',
  object({
    ...RENDERED_FIELDS,
    id: TEXT,
    received_at: TIMESTAMP,
    endpoint: TEXT,
    values: {
      type: 'object',
      additionalProperties: { type: ['string', 'number'] },
      description:
        'The values in the message and the advice, by the names of the {placeholders} in the catalogue.',
    },
    record: { ...ANY_JSON, description: 'As received; null for a verdict on the whole request.' },
    record_index: { type: ['integer', 'null'], description: 'The index of the record in the request.' },
  }),
)

const SELECTION = {
  outcome: {
    type: 'string',
    description: `One of ${OUTCOMES.join(', ')}, or several, separated by commas.`,
    examples: ['dropped,rejected'],
  },
  code: VERDICT_CODE,
  distinct_id: DISTINCT_ID,
  severity: {
    type: 'string',
    description: `One of ${SEVERITIES.join(', ')}, or several, separated by commas.`,
    examples: ['error,warning'],
  },
  received_after: { ...TIME, description: 'ISO 8601, or milliseconds since 1970; exclusive.' },
} as const

const QUERY = {
  ...SELECTION,
  order: ORDER,
  after: AFTER,
  limit: LIMIT,
} as const

const PAGE = object({ verdicts: listOf(VERDICT), next: NEXT })

export const LIST_CATALOGUE = {
  method: 'GET',
  url: '/_twin/verdicts',
  tag: 'Explaining',
  operationId: 'listCatalogue',
  summary: 'Read the verdict catalogue',
  answers: {
    200: json(
      'Every verdict, with {…} in place of the values of a record.',
      object({ verdicts: listOf(RENDERED_VERDICT) }),
    ),
  },
} as const satisfies RouteShape

export const LIST_UNROUTED_VERDICTS = {
  method: 'GET',
  url: '/_twin/verdicts/unrouted',
  tag: 'Records',
  operationId: 'listUnroutedVerdicts',
  summary: 'List the verdicts that belong to no project',
  description: 'On records with an unknown token, and on requests that could not be decoded.',
  query: QUERY,
  answers: { 200: json('A page of verdicts.', PAGE) },
} as const satisfies RouteShape

export const LIST_VERDICTS = {
  method: 'GET',
  url: '/_twin/projects/:project/verdicts',
  tag: 'Records',
  operationId: 'listVerdicts',
  summary: 'List the verdicts of a project',
  query: QUERY,
  answers: { 200: json('A page of verdicts.', PAGE) },
} as const satisfies RouteShape

export const COUNT_VERDICTS = {
  method: 'GET',
  url: '/_twin/projects/:project/verdicts/counts',
  tag: 'Records',
  operationId: 'countVerdicts',
  summary: 'Count verdicts by code',
  description: 'With severity=error,warning a test asserts that there are no problems.',
  query: SELECTION,
  answers: {
    200: json(
      'The worst first, then the most frequent.',
      object({ codes: listOf(object({ count: { type: 'integer', minimum: 1 }, newest: VERDICT })) }),
    ),
  },
} as const satisfies RouteShape

/** A verdict in words, from the catalogue or on a record. */
export type RenderedVerdict = Infer<typeof RENDERED_VERDICT>

/** A verdict on a record. `record` is as received. */
export type Verdict = Infer<typeof VERDICT>
