import { ANY_JSON, listOf, named, object, TEXT } from './routing/schemas.ts'
import { json, nothing, type RouteShape } from './routing/shape.ts'

const URL = '/_twin/projects/:project/flags'

const SHARE = { type: 'number', minimum: 0, maximum: 1 } as const

const ROLLOUT_FIELDS = {
  rollout_percentage: { ...SHARE, description: 'From 0 to 1.' },
  variant_splits: { type: 'object', additionalProperties: SHARE },
  variant_override: object({ key: TEXT }),
  runtime_evaluation_rule: { type: 'object', description: 'JSON logic over custom properties.' },
  runtime_event: object({ event_name: TEXT }),
} as const

const VARIANT_FIELDS = { key: TEXT, value: ANY_JSON, is_control: { type: 'boolean' }, split: SHARE } as const

const TEST = object({ users: { type: 'object', additionalProperties: TEXT } })

const FIELDS = {
  id: TEXT,
  name: TEXT,
  key: TEXT,
  context: {
    ...TEXT,
    description: 'The key of the context by which variants are assigned: distinct_id, device_id, a group.',
  },
  hash_salt: TEXT,
  experiment_id: { type: 'string', format: 'uuid' },
  is_experiment_active: { type: 'boolean' },
} as const

const FLAG = named(
  'Flag',
  object(
    {
      ...FIELDS,
      status: { enum: ['enabled', 'disabled'] },
      ruleset: object({
        variants: listOf(object(VARIANT_FIELDS)),
        rollout: listOf(
          object(ROLLOUT_FIELDS, [
            'variant_splits',
            'variant_override',
            'runtime_evaluation_rule',
            'runtime_event',
          ]),
        ),
        test: TEST,
      }),
    },
    ['hash_salt', 'experiment_id', 'is_experiment_active'],
  ),
)

const NEW_FLAG = named('NewFlag', {
  type: 'object',
  required: ['key', 'ruleset'],
  description: 'In the form in which flags are returned, or as copied from Mixpanel.',
  properties: {
    ...FIELDS,
    status: { enum: ['enabled', 'disabled', 'archived'] },
    ruleset: {
      type: 'object',
      required: ['variants'],
      properties: {
        variants: listOf({ type: 'object', required: ['key', 'value'], properties: VARIANT_FIELDS }),
        rollout: listOf({ type: 'object', properties: ROLLOUT_FIELDS }),
        test: TEST,
      },
    },
  },
} as const)

const FLAGS = json('The flags, by key.', object({ flags: listOf(FLAG) }))

export const LIST_FLAGS = {
  method: 'GET',
  url: URL,
  tag: 'Configuration',
  operationId: 'listFlags',
  summary: 'Read the feature flags of a project',
  answers: { 200: FLAGS },
} as const satisfies RouteShape

export const PUT_FLAGS = {
  method: 'PUT',
  url: URL,
  tag: 'Configuration',
  operationId: 'putFlags',
  summary: 'Replace the feature flags of a project',
  // Checked by parseFlags, whose errors are more precise than those of a schema.
  documentedBody: object({ flags: listOf(NEW_FLAG) }),
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
} as const satisfies RouteShape

export const DELETE_FLAGS = {
  method: 'DELETE',
  url: URL,
  tag: 'Configuration',
  operationId: 'deleteFlags',
  summary: 'Delete the feature flags of a project',
  answers: { 204: nothing('It has none.') },
} as const satisfies RouteShape
