import { assertNever } from '../result.ts'
import { finding } from '../verdict/finding.ts'
import {
  type Claim,
  type Decision,
  type IdentityView,
  incompleteVerb,
  joinedNames,
  plain,
  type Rulebook,
  refused,
} from './model.ts'

/**
 * Legacy ID management (chapter IDL): a table of aliases, applied when an event arrives. Stored events are never
 * reassigned (IDL-02), and an alias points to one id permanently (IDL-03).
 */
export const LEGACY: Rulebook = {
  concerns: (claim) => {
    const ids = claim.kind === 'alias' ? [claim.distinctId, claim.alias, claim.of] : [claim.distinctId]
    return ids.filter((id) => id !== undefined).filter((id) => id !== '')
  },
  firstSeenIds: () => [],
  decide: (claim, known) => {
    const root = claim.distinctId === '' ? '' : known.find(claim.distinctId).cluster.canonical
    switch (claim.kind) {
      case 'event':
        return plain(root)
      case 'identify':
        return refused(root, [finding('identity.identify_noop', { system: 'Legacy ID management' })])
      case 'merge':
        return refused(root, [finding('identity.merge_not_on_track')])
      case 'alias':
        return decideAlias(claim, root, known)
      default:
        return assertNever(claim)
    }
  },
}

function decideAlias(
  { alias, of }: Extract<Claim, { kind: 'alias' }>,
  storedAs: string,
  known: IdentityView,
): Decision {
  if (alias === undefined || of === undefined) {
    const field = alias === undefined ? 'alias' : 'distinct_id'
    return refused(storedAs, [incompleteVerb('$create_alias', field)])
  }
  if (alias === of) return refused(storedAs, [finding('identity.same_ids', { id: alias })])
  const current = known.find(alias).cluster
  const target = known.find(of).cluster
  const root = target.canonical
  const pointsToAnother = current.canonical !== alias
  if (pointsToAnother && current.canonical === root) return plain(storedAs)
  // An alias of its own target would be a cycle (IDL-05).
  if (pointsToAnother || root === alias) {
    const why = pointsToAnother
      ? { relation: 'an alias of', owner: current.canonical, effect: 'remain separate users' }
      : { relation: 'the id behind', owner: of, effect: 'are one user already' }
    return refused(storedAs, [finding('identity.alias_ignored_legacy', { alias, of, ...why })])
  }
  const ends = { from: alias, to: of, canonical: root }
  const change = { kind: 'join', ...ends, rule: 'IDL-01', movesProfile: false } as const
  const { earlierEvents, profile } = current
  const findings = [...joinedNames('$create_alias', alias, [...target.aliases], of)]
  if (earlierEvents > 0)
    findings.push(finding('identity.alias_not_retroactive', { alias, count: earlierEvents }))
  if (profile !== undefined) findings.push(finding('identity.alias_shadows_profile', { alias }))
  return { distinctId: storedAs, changes: [change], annotations: undefined, findings }
}
