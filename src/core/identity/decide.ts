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

/** The rulebook of each identity system. */
export const RULEBOOKS: Readonly<Record<IdManagement, Rulebook>> = {
  simplified: SIMPLIFIED,
  original: ORIGINAL,
  legacy: LEGACY,
}

/**
 * Decides claims in order, each on the state that the earlier ones left (IDS-30). Out: one decision per claim; `state`
 * is updated.
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
