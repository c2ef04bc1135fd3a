import { bucketOf } from './bucket.ts'
import { type FlagContext, idIn } from './context.ts'
import { type Flag, findVariant, type Rollout, splitIn, type Variant } from './flag.ts'
import { satisfies } from './rule.ts'

/** The variant somebody has. */
export interface Assignment {
  readonly variant: Variant
  /** By the list of test users. */
  readonly isTester: boolean
}

/**
 * The variant of a flag in a context, or undefined for who is in no rollout. Nothing but the two decides, so the
 * same user has the same variant, here and in every SDK that evaluates by itself.
 */
export function evaluate(flag: Flag, context: FlagContext): Assignment | undefined {
  const id = idIn(context, flag.context)
  if (flag.status !== 'enabled' || id === undefined) return undefined
  const tester = testVariant(flag, context)
  if (tester !== undefined) return { variant: tester, isTester: true }
  const rollout = flag.ruleset.rollout.find((own, index) => letsIn(flag, own, index, id, context))
  if (rollout === undefined) return undefined
  const variant = variantIn(flag, rollout, id)
  return variant === undefined ? undefined : { variant, isTester: false }
}

function testVariant({ ruleset }: Flag, context: FlagContext): Variant | undefined {
  const { users } = ruleset.test
  const distinctId = idIn(context, 'distinct_id')
  const key = distinctId !== undefined && Object.hasOwn(users, distinctId) ? users[distinctId] : undefined
  return key === undefined ? undefined : findVariant(ruleset.variants, key)
}

function letsIn(flag: Flag, rollout: Rollout, index: number, id: string, context: FlagContext): boolean {
  const salt = flag.hash_salt === undefined ? `${flag.key}rollout` : `${flag.key}${flag.hash_salt}${index}`
  if (bucketOf(id, salt) >= rollout.rollout_percentage) return false
  const rule = rollout.runtime_evaluation_rule
  return rule === undefined || satisfies(rule, context['custom_properties'])
}

function variantIn({ key, hash_salt, ruleset }: Flag, rollout: Rollout, id: string): Variant | undefined {
  const { variants } = ruleset
  if (rollout.variant_override !== undefined) return findVariant(variants, rollout.variant_override.key)
  const bucket = bucketOf(id, `${key}${hash_salt ?? ''}variant`)
  let end = 0
  for (const variant of variants) {
    end += splitIn(rollout, variant)
    if (bucket < end) return variant
  }
  // Shares such as three thirds may add up to a little less than 1.
  return variants.at(-1)
}
