import type { Json } from '../json.ts'
import type { Rule } from './rule.ts'

/** What a flag can be for somebody. */
export interface Variant {
  readonly key: string
  readonly value: Json
  readonly is_control: boolean
  /** The share of those in the rollout, 0 to 1, where the rollout has no splits of its own. */
  readonly split: number
}

/** Who gets the flag: the first rollout that lets somebody in decides. */
export interface Rollout {
  /** 0 to 1, in steps of 0.01: that is how fine the SDKs' hash is. */
  readonly rollout_percentage: number
  /** Shares by variant key, in place of the variants' own. */
  readonly variant_splits?: Readonly<Record<string, number>>
  /** Everybody in this rollout gets this variant. */
  readonly variant_override?: { readonly key: string }
  /** Lets in only those whose custom properties satisfy it. */
  readonly runtime_evaluation_rule?: Rule
  /** Lets in only those who have done this event; the SDK of somebody else waits for it (FLG-03). */
  readonly runtime_event?: { readonly event_name: string }
}

/**
 * A feature flag, as SDKs that evaluate by themselves want it (FLG-02): every field that one of their parsers
 * needs is there, and the variants are sorted by key, since some SDKs sort them and some do not.
 */
export interface Flag {
  readonly id: string
  readonly name: string
  readonly key: string
  /** A flag that is disabled is kept, and told to no SDK. */
  readonly status: 'enabled' | 'disabled'
  /** The key of the context whose value decides the variant: `distinct_id`, `device_id`, or one of a group. */
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

/** The variant with this key, whatever its case, as SDKs find it; or undefined. */
export function findVariant(variants: readonly Variant[], key: string): Variant | undefined {
  return variants.find((variant) => variant.key.toLowerCase() === key.toLowerCase())
}

/** The share that a variant has in a rollout, 0 to 1. */
export function splitIn(rollout: Rollout, variant: Variant): number {
  const splits = rollout.variant_splits
  return splits !== undefined && Object.hasOwn(splits, variant.key)
    ? (splits[variant.key] ?? 0)
    : variant.split
}
