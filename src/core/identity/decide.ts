import { LEGACY } from './legacy.ts'
import type { Claim, Decision, IdentityRules, IdManagement, Rulebook } from './model.ts'
import { ORIGINAL } from './original.ts'
import { SIMPLIFIED } from './simplified.ts'
import type { IdentityState, LinkOrigin } from './state.ts'

/** A claim and the event that makes it. */
export interface Claimed {
  readonly claim: Claim
  readonly origin: LinkOrigin
}

/** The rules of an identity system. */
export const RULEBOOKS: Readonly<Record<IdManagement, Rulebook>> = {
  simplified: SIMPLIFIED,
  original: ORIGINAL,
  legacy: LEGACY,
}

/**
 * Decides about claims one after another, each upon what those before it have made of the state (IDS-30).
 * Out: a decision for each; the state knows what has changed.
 */
export function decideInOrder(
  mode: IdManagement,
  claims: readonly Claimed[],
  state: IdentityState,
  rules: IdentityRules,
): readonly Decision[] {
  const rulebook = RULEBOOKS[mode]
  return claims.map(({ claim, origin }) => {
    for (const id of rulebook.firstSeenIds(claim)) state.find(id)
    const decision = rulebook.decide(claim, state, rules)
    for (const change of decision.changes) state.apply(change, origin)
    if (claim.kind === 'event') state.countEvent(decision.distinctId)
    return decision
  })
}
