import { bucketOf } from './bucket.ts'
import { type FlagContext, idIn } from './context.ts'
import { type Flag, findVariant, type Rollout, splitIn, type Variant } from './flag.ts'
import { satisfies } from './rule.ts'

/** The variant that a user has. */
interface Assignment {
  readonly variant: Variant
  /** From the list of test users. */
  readonly isTester: boolean
}

/** The variant that a user would get after an event (FLG-03). */
export interface Pending {
  readonly eventName: string
  readonly variant: Variant
}

/** The user's current variant of a flag, and those that events would give. */
export interface Evaluation {
  readonly assignment: Assignment | undefined
  readonly pending: readonly Pending[]
}

/**
 * Evaluates a flag in a context; no assignment for a user who is in no rollout. In: the runtime events that the user
 * has done. Depends on nothing else, so a user gets the same variant here and in every SDK with local evaluation.
 */
export function evaluate(
  flag: Flag,
  context: FlagContext,
  done: ReadonlySet<string> = new Set(),
): Evaluation {
  const id = idIn(context, flag.context)
  if (flag.status !== 'enabled' || id === undefined) return { assignment: undefined, pending: [] }
  const tester = testVariant(flag, context)
  if (tester !== undefined) return { assignment: { variant: tester, isTester: true }, pending: [] }
  const pending: Pending[] = []
  for (const [index, rollout] of flag.ruleset.rollout.entries()) {
    if (!letsIn(flag, rollout, index, id, context)) continue
    const variant = variantIn(flag, rollout, id)
    const eventName = rollout.runtime_event?.event_name
    if (eventName === undefined || done.has(eventName)) {
      return { assignment: variant && { variant, isTester: false }, pending }
    }
    if (variant !== undefined) pending.push({ eventName, variant })
  }
  return { assignment: undefined, pending }
}

/** The events that some rollout of these flags requires, each once. */
export function runtimeEventsOf(flags: readonly Flag[]): readonly string[] {
  const rollouts = flags.flatMap(({ ruleset }) => ruleset.rollout)
  return [...new Set(rollouts.flatMap(({ runtime_event: event }) => event?.event_name ?? []))]
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
  // Shares such as three thirds may add up to slightly less than 1.
  return variants.at(-1)
}
