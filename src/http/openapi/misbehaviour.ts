import { FAULTS_BODY } from '../../twin/fault-schemas.ts'
import { PROPAGATION_MS } from '../../twin/setting-schemas.ts'
import { json, listOf, nothing, type Operations, object, shape } from './operation.ts'
import { MOMENT } from './shapes.ts'

const tags = ['Misbehaviour'] as const

const LISTED = json('Each fault with how often it has matched and fired.', listOf(shape('ArmedFault')))
const BODY = { anyOf: [FAULTS_BODY, FAULTS_BODY.properties.faults] }
const EXAMPLE = [
  { path: '/track', status: 503, times: 2 },
  { latency_ms: 800, probability: 0.1, seed: 42 },
]

const CLOCK = json(
  'Its time.',
  object({
    now: MOMENT,
    now_ms: { type: 'integer', description: 'The same in ms since 1970.' },
    offset_ms: { type: 'integer', description: "How far it is ahead of the server's; 0 unless it was set." },
  }),
)

const PROPAGATION = json('The delay.', object({ delay_ms: PROPAGATION_MS }))

/** Faults: the endpoints of Mixpanel misbehave on purpose. */
export const MISBEHAVIOUR_OPERATIONS: Operations = {
  'GET /_twin/faults': {
    tags,
    operationId: 'listFaults',
    summary: 'List all faults',
    answers: { 200: LISTED },
  },
  'PUT /_twin/faults': {
    tags,
    operationId: 'putFaults',
    summary: 'Put faults in the place of all',
    description: 'In order: the first that fires on a request decides. They live in this process only.',
    body: BODY,
    example: EXAMPLE,
    answers: { 200: LISTED },
  },
  'DELETE /_twin/faults': {
    tags,
    operationId: 'deleteFaults',
    summary: 'Remove all faults',
    answers: { 204: nothing('There are none.') },
  },
  'GET /_twin/projects/:project/faults': {
    tags,
    operationId: 'listProjectFaults',
    summary: 'List the faults of a project',
    answers: { 200: LISTED },
  },
  'PUT /_twin/projects/:project/faults': {
    tags,
    operationId: 'putProjectFaults',
    summary: 'Put faults in the place of those of a project',
    description: 'Tests that share a server do not disturb each other so.',
    body: BODY,
    example: EXAMPLE,
    answers: { 200: LISTED },
  },
  'DELETE /_twin/projects/:project/faults': {
    tags,
    operationId: 'deleteProjectFaults',
    summary: 'Remove the faults of a project',
    answers: { 204: nothing('It has none.') },
  },
  'GET /_twin/projects/:project/propagation': {
    tags,
    operationId: 'readPropagation',
    summary: 'Read how long queries of a project take to show a merge',
    answers: { 200: PROPAGATION },
  },
  'PUT /_twin/projects/:project/propagation': {
    tags,
    operationId: 'setPropagation',
    summary: 'Set how long queries of a project take to show a merge',
    description: 'As Mixpanel’s do: up to a day. At once unless it is set.',
    example: { delay_ms: 60_000 },
    answers: { 200: PROPAGATION },
  },
  'GET /_twin/projects/:project/clock': {
    tags,
    operationId: 'readClock',
    summary: 'Read the clock of a project',
    answers: { 200: CLOCK },
  },
  'PUT /_twin/projects/:project/clock': {
    tags,
    operationId: 'setClock',
    summary: 'Set the clock of a project',
    description: 'To a moment (now) or ahead of the server’s (offset_ms); it runs on from there.',
    example: { offset_ms: 432_001_000 },
    answers: { 200: CLOCK },
  },
  'DELETE /_twin/projects/:project/clock': {
    tags,
    operationId: 'giveClockBack',
    summary: 'Give a project the server’s clock again',
    answers: { 204: nothing('It has it.') },
  },
}
