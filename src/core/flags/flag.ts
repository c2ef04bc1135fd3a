import type { Json } from '../json.ts'
import type { Rule } from './rule.ts'

/** One value of a flag. */
export interface Variant {
  readonly key: string
  readonly value: Json
  readonly is_control: boolean
  /** The share of the users in a rollout, 0 to 1, unless the rollout has its own splits. */
  readonly split: number
}

/** Who gets the flag; the first rollout that matches a user decides. */
export interface Rollout {
  /** 0 to 1, in steps of 0.01, the resolution of the SDKs' hash. */
  readonly rollout_percentage: number
  /** Shares by variant key, in place of those of the variants. */
  readonly variant_splits?: Readonly<Record<string, number>>
  /** All users of this rollout get this variant. */
  readonly variant_override?: { readonly key: string }
  /** Matches only users with custom properties that satisfy it. */
  readonly runtime_evaluation_rule?: Rule
  /** Matches only users who have done this event; the SDKs of others wait for it (FLG-03). */
  readonly runtime_event?: { readonly event_name: string }
}

/**
 * A feature flag as SDKs with local evaluation need it (FLG-02): every field that one of their parsers requires is
 * present, and the variants are sorted by key, since only some SDKs sort them.
 */
export interface Flag {
  readonly id: string
  readonly name: string
  readonly key: string
  /** A disabled flag is stored, and sent to no SDK. */
  readonly status: 'enabled' | 'disabled'
  /** The context key that determines the variant: `distinct_id`, `device_id`, or a group key. */
  readonly context: string
  readonly hash_salt?: string
  /** A UUID. */
  readonly experiment_id?: string
  readonly is_experiment_active?: boolean
  readonly ruleset: {
    readonly variants: readonly Variant[]
    readonly rollout: readonly Rollout[]
    /** Variant keys by distinct_id. */
    readonly test: { readonly users: Readonly<Record<string, string>> }
  }
}

/** The variant with this key, ignoring case as SDKs do, or undefined. */
export function findVariant(variants: readonly Variant[], key: string): Variant | undefined {
  return variants.find((variant) => variant.key.toLowerCase() === key.toLowerCase())
}

/** The share of a variant in a rollout, 0 to 1. */
export function splitIn(rollout: Rollout, variant: Variant): number {
  const splits = rollout.variant_splits
  return splits !== undefined && Object.hasOwn(splits, variant.key)
    ? (splits[variant.key] ?? 0)
    : variant.split
}
