import { isJsonObject, type Json } from '../json.ts'
import { err, ok, type Result } from '../result.ts'
import { Fields, joinSentence, storageProblem } from './fields.ts'
import { type Flag, findVariant, type Rollout, splitIn, type Variant } from './flag.ts'
import { type Rule, ruleProblem } from './rule.ts'

const FLAG_FIELDS = [
  'key',
  'name',
  'id',
  'status',
  'context',
  'hash_salt',
  'experiment_id',
  'is_experiment_active',
  'ruleset',
]
const RULESET_FIELDS = ['variants', 'rollout', 'test']
const VARIANT_FIELDS = ['key', 'value', 'is_control', 'split']
const ROLLOUT_FIELDS = [
  'rollout_percentage',
  'variant_splits',
  'variant_override',
  'runtime_evaluation_rule',
  'runtime_evaluation_definition',
  'runtime_event',
  'runtime_event_rule',
]

/** What definitions that were copied from Mixpanel have besides: openapi/feature-flags*.openapi.yaml. */
const IGNORED = {
  body: ['code', 'status'],
  flag: [
    ...[
      'project_id',
      'project_name',
      'workspace_id',
      'data_group_id',
      'content_type',
      'content_environments_id',
    ],
    ...[
      'description',
      'tags',
      'serving_method',
      'reset_hash_salt',
      'created',
      'modified',
      'enabled_at',
      'deleted',
    ],
    ...[
      'creator_id',
      'creator_name',
      'creator_email',
      'is_favorited',
      'pinned_date',
      'is_shared_with_project',
    ],
    ...['last_modified_by_id', 'last_modified_by_name', 'last_modified_by_email', 'is_superadmin'],
    ...['can_update_basic', 'can_view', 'can_share', 'can_pin', 'allow_staff_override'],
  ],
  variant: ['is_sticky', 'description'],
  rollout: ['name', 'cohort_hash', 'cohort_definition'],
  event: ['time_window', 'duration'],
}

/** How far the sum of shares may be from 1, for shares without an exact number. */
const TOLERANCE = 1e-6

/**
 * Reads `{"flags": […]}`. A flag needs a key and variants; by default it is enabled, for all users, by distinct_id, in
 * equal shares. Errors: a sentence that names the place.
 */
export function parseFlags(body: Json | undefined): Result<readonly Flag[], string> {
  const unfit = storageProblem(body ?? null)
  if (unfit !== undefined) return err(`The body ${unfit}`)
  const problems: string[] = []
  const fields = new Fields(body, 'The body', ['flags'], problems, IGNORED.body)
  if (!fields.has('flags')) fields.refuse('has no flags.')
  const flags = fields.list('flags').map((flag, index) => parseFlag(flag, `flags[${index}]`, problems))
  const twice = flags.find((flag, index) => flags.findIndex(({ key }) => key === flag.key) < index)
  if (twice !== undefined) problems.push(`Two flags have the key ${JSON.stringify(twice.key)}.`)
  const [problem] = problems
  return problem === undefined ? ok(flags) : err(problem)
}

function parseFlag(sent: Json, place: string, problems: string[]): Flag {
  const named =
    isJsonObject(sent) && typeof sent['key'] === 'string' ? ` (${JSON.stringify(sent['key'])})` : ''
  const where = `${place}${named}`
  const fields = new Fields(sent, where, FLAG_FIELDS, problems, IGNORED.flag)
  const key = fields.text('key')
  const ruleset = parseRuleset(fields.json('ruleset'), `${where}.ruleset`, problems)
  const context = fields.text('context', 'distinct_id')
  if (context === 'custom_properties') fields.refuse(': context must be the name of an id.')
  return {
    id: fields.text('id', key),
    name: fields.text('name', key),
    key,
    status:
      fields.choice('status', ['enabled', 'disabled', 'archived']) === 'enabled' ? 'enabled' : 'disabled',
    context,
    ...(fields.has('hash_salt') && { hash_salt: fields.text('hash_salt') }),
    ...(fields.has('experiment_id') && { experiment_id: fields.uuid('experiment_id') }),
    ...(fields.has('is_experiment_active') && {
      is_experiment_active: fields.boolean('is_experiment_active'),
    }),
    ruleset,
  }
}

function parseRuleset(sent: Json | undefined, where: string, problems: string[]): Flag['ruleset'] {
  const fields = new Fields(sent, where, RULESET_FIELDS, problems)
  const variants = parseVariants(fields, problems)
  const everybody = [{ rollout_percentage: 1 }]
  const rollout = fields.list('rollout', everybody).map((group, index) => {
    return parseRollout(group, variants, `${where}.rollout[${index}]`, problems)
  })
  const test = new Fields(fields.json('test') ?? {}, `${where}.test`, ['users'], problems)
  const users = Object.fromEntries(
    test.entries('users').map(([id, key]) => [id, variantKey(key, variants, test)]),
  )
  return { variants, rollout, test: { users } }
}

function parseVariants(ruleset: Fields, problems: string[]): readonly Variant[] {
  const sent = ruleset.list('variants')
  if (sent.length === 0) ruleset.refuse(': variants must be a list of one variant or more.')
  const isSplit = sent.some((variant) => isJsonObject(variant) && variant['split'] !== undefined)
  const variants = sent.map((variant, index): Variant => {
    const where = `${ruleset.where}.variants[${index}]`
    const fields = new Fields(variant, where, VARIANT_FIELDS, problems, IGNORED.variant)
    const key = fields.text('key')
    // An SDK that tests for this name with `in` would always find it.
    if (key in {}) fields.refuse(`: key must not be ${JSON.stringify(key)}.`)
    return {
      key,
      value: fields.value('value'),
      is_control: fields.boolean('is_control'),
      split: fields.share('split', isSplit ? 0 : 1 / sent.length),
    }
  })
  const twice = variants.find((variant) => findVariant(variants, variant.key) !== variant)
  if (twice !== undefined) ruleset.refuse(`has two variants with the key ${JSON.stringify(twice.key)}.`)
  return variants.toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

function parseRollout(sent: Json, variants: readonly Variant[], where: string, problems: string[]): Rollout {
  const fields = new Fields(sent, where, ROLLOUT_FIELDS, problems, IGNORED.rollout)
  const splits = parseSplits(fields, variants)
  const override = fields.has('variant_override')
    ? new Fields(fields.json('variant_override'), `${where}.variant_override`, ['key'], problems)
    : undefined
  const rule = parseRule(fields)
  const event = parseEvent(fields, problems)
  const rollout: Rollout = {
    rollout_percentage: fields.share('rollout_percentage', 1),
    ...(splits !== undefined && { variant_splits: splits }),
    ...(override !== undefined && {
      variant_override: { key: variantKey(override.json('key'), variants, override) },
    }),
    ...(rule !== undefined && { runtime_evaluation_rule: rule }),
    ...(event !== undefined && { runtime_event: event }),
  }
  const sum = variants.reduce((total, variant) => total + splitIn(rollout, variant), 0)
  if (override === undefined && Math.abs(sum - 1) > TOLERANCE) {
    fields.refuse(`: the shares of its variants add up to ${sum}, and must to 1.`)
  }
  return rollout
}

/** The rule of a rollout, or its older form, which has a value for each property, as a rule. */
function parseRule(rollout: Fields): Rule | undefined {
  const definition = rollout
    .entries('runtime_evaluation_definition')
    .map(([property, value]) => ({ '==': [{ var: property }, value] }))
  const name = rollout.has('runtime_evaluation_rule')
    ? 'runtime_evaluation_rule'
    : 'runtime_evaluation_definition'
  const older = definition.length === 0 ? undefined : { and: definition }
  const rule = rollout.json('runtime_evaluation_rule') ?? older
  const problem = rule === undefined ? undefined : ruleProblem(rule)
  if (problem !== undefined) rollout.refuse(joinSentence(`.${name}`, problem))
  return isJsonObject(rule) ? rule : undefined
}

/** The event of a rollout: in Twinpanel's form, or in that of Mixpanel. */
function parseEvent(rollout: Fields, problems: string[]): Rollout['runtime_event'] {
  const isOwn = rollout.has('runtime_event')
  const name = isOwn ? 'runtime_event' : 'runtime_event_rule'
  const sent = rollout.json(name)
  if (sent === undefined) return undefined
  const names = isOwn ? ['event_name'] : ['event_name', 'property_filters']
  const event = new Fields(sent, `${rollout.where}.${name}`, names, problems, IGNORED.event)
  if (event.entries('property_filters').length > 0) event.refuse(': property_filters are not evaluated.')
  return { event_name: event.text('event_name') }
}

function parseSplits(rollout: Fields, variants: readonly Variant[]): Record<string, number> | undefined {
  if (!rollout.has('variant_splits')) return undefined
  const entries = rollout.entries('variant_splits').map(([key, share]): [string, number] => {
    const isShare = typeof share === 'number' && share >= 0 && share <= 1
    if (!isShare) rollout.refuse(`: variant_splits.${key} must be a number from 0 to 1: 0.25 is a quarter.`)
    if (!variants.some((variant) => variant.key === key)) {
      rollout.refuse(`: variant_splits names ${JSON.stringify(key)}, which is no variant.`)
    }
    return [key, isShare ? share : 0]
  })
  return Object.fromEntries(entries)
}

/** The key of a variant, which the flag must have. */
function variantKey(sent: Json | undefined, variants: readonly Variant[], fields: Fields): string {
  const variant = typeof sent === 'string' ? findVariant(variants, sent) : undefined
  if (variant === undefined) fields.refuse(`names ${JSON.stringify(sent ?? null)}, which is no variant.`)
  return variant?.key ?? ''
}
