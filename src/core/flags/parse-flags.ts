import { isJsonObject, type Json } from '../json.ts'
import { err, ok, type Result } from '../result.ts'
import { Fields, joinSentence, storageProblem } from './fields.ts'
import { type Flag, findVariant, type Rollout, splitIn, type Variant } from './flag.ts'
import { ruleProblem } from './rule.ts'

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
  // Accepted and ignored; the project's own is served.
  'project_id',
]
const RULESET_FIELDS = ['variants', 'rollout', 'test']
const VARIANT_FIELDS = ['key', 'value', 'is_control', 'split']
const ROLLOUT_FIELDS = [
  'rollout_percentage',
  'variant_splits',
  'variant_override',
  'runtime_evaluation_rule',
  'runtime_event',
]

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
  const fields = new Fields(body, 'The body', ['flags'], problems)
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
  const fields = new Fields(sent, where, FLAG_FIELDS, problems)
  const key = fields.text('key')
  const ruleset = parseRuleset(fields.json('ruleset'), `${where}.ruleset`, problems)
  const context = fields.text('context', 'distinct_id')
  if (context === 'custom_properties') fields.refuse(': context must be the name of an id.')
  return {
    id: fields.text('id', key),
    name: fields.text('name', key),
    key,
    status: fields.choice('status', ['enabled', 'disabled']),
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
    const fields = new Fields(variant, `${ruleset.where}.variants[${index}]`, VARIANT_FIELDS, problems)
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
  const fields = new Fields(sent, where, ROLLOUT_FIELDS, problems)
  const splits = parseSplits(fields, variants)
  const override = fields.has('variant_override')
    ? new Fields(fields.json('variant_override'), `${where}.variant_override`, ['key'], problems)
    : undefined
  const rule = fields.json('runtime_evaluation_rule')
  const problem = rule === undefined ? undefined : ruleProblem(rule)
  if (problem !== undefined) fields.refuse(joinSentence('.runtime_evaluation_rule', problem))
  const event = fields.has('runtime_event')
    ? new Fields(fields.json('runtime_event'), `${where}.runtime_event`, ['event_name'], problems)
    : undefined
  const rollout: Rollout = {
    rollout_percentage: fields.share('rollout_percentage', 1),
    ...(splits !== undefined && { variant_splits: splits }),
    ...(override !== undefined && {
      variant_override: { key: variantKey(override.json('key'), variants, override) },
    }),
    ...(isJsonObject(rule) && { runtime_evaluation_rule: rule }),
    ...(event !== undefined && { runtime_event: { event_name: event.text('event_name') } }),
  }
  const sum = variants.reduce((total, variant) => total + splitIn(rollout, variant), 0)
  if (override === undefined && Math.abs(sum - 1) > TOLERANCE) {
    fields.refuse(`: the shares of its variants add up to ${sum}, and must to 1.`)
  }
  return rollout
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
