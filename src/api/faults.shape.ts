import { FAULT_FIELDS, SEED } from '../core/faults/fault.ts'
import { COUNT, listOf, named } from './routing/schemas.ts'
import { type AnswerOf, type BodyOf, json, nothing, type RouteShape } from './routing/shape.ts'

const ALL = '/_twin/faults'
/** The faults of one project, which tests that share a server can set without disturbing each other. */
const OF_PROJECT = '/_twin/projects/:project/faults'

const FAULTS = {
  type: 'array',
  maxItems: 100,
  items: { type: 'object', properties: FAULT_FIELDS, additionalProperties: false },
} as const

const BODY = {
  type: 'object',
  required: ['faults'],
  properties: { faults: FAULTS, seed: SEED },
  additionalProperties: false,
} as const

const EXAMPLE = [
  { path: '/track', status: 503, times: 2 },
  { latency_ms: 800, probability: 0.1, seed: 42 },
]

const ARMED_FAULT = named('ArmedFault', {
  type: 'object',
  required: ['id', 'matched', 'fired'],
  properties: { ...FAULT_FIELDS, id: COUNT, matched: COUNT, fired: COUNT },
} as const)

const LISTED = json('Each fault with how often it has matched and fired.', listOf(ARMED_FAULT))

export const LIST_FAULTS = {
  method: 'GET',
  url: ALL,
  tag: 'Simulation',
  operationId: 'listFaults',
  summary: 'List all faults',
  answers: { 200: LISTED },
} as const satisfies RouteShape

export const PUT_FAULTS = {
  method: 'PUT',
  url: ALL,
  tag: 'Simulation',
  operationId: 'putFaults',
  summary: 'Replace all faults',
  description:
    'The first fault in the list that fires on a request is applied. Faults are kept in the memory of this process.',
  body: BODY,
  documentedBody: { anyOf: [BODY, FAULTS] },
  example: EXAMPLE,
  answers: { 200: LISTED },
} as const satisfies RouteShape

export const DELETE_FAULTS = {
  method: 'DELETE',
  url: ALL,
  tag: 'Simulation',
  operationId: 'deleteFaults',
  summary: 'Delete all faults',
  answers: { 204: nothing('There are none.') },
} as const satisfies RouteShape

export const LIST_PROJECT_FAULTS = {
  method: 'GET',
  url: OF_PROJECT,
  tag: 'Simulation',
  operationId: 'listProjectFaults',
  summary: 'List the faults of a project',
  answers: { 200: LISTED },
} as const satisfies RouteShape

export const PUT_PROJECT_FAULTS = {
  method: 'PUT',
  url: OF_PROJECT,
  tag: 'Simulation',
  operationId: 'putProjectFaults',
  summary: 'Replace the faults of a project',
  description: 'Tests that share a server can each set their own.',
  body: BODY,
  documentedBody: { anyOf: [BODY, FAULTS] },
  example: EXAMPLE,
  answers: { 200: LISTED },
} as const satisfies RouteShape

export const DELETE_PROJECT_FAULTS = {
  method: 'DELETE',
  url: OF_PROJECT,
  tag: 'Simulation',
  operationId: 'deleteProjectFaults',
  summary: 'Delete the faults of a project',
  answers: { 204: nothing('It has none.') },
} as const satisfies RouteShape

/** Faults to set, and the seed of those without one. A bare list of faults is accepted too. */
export type FaultsBody = BodyOf<typeof PUT_FAULTS>

/** The active faults, with how often each has matched and fired. */
export type SetFaults = AnswerOf<typeof LIST_FAULTS>
