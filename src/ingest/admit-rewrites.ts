import { groupBy } from '../core/group-by.ts'
import { keyText, type ProfileKey } from '../store/profiles.ts'
import type { PlacedUpdate, ProfilesRequest } from './profile-updates.ts'
import { type RewriteBudget, type RewriteRefusal, type Rewrites, rewriteBytes } from './rewrite-budget.ts'

/** The requests of a group that must not be applied, and what the others took from the budget. */
export interface Admission {
  readonly refused: ReadonlyMap<ProfilesRequest, RewriteRefusal>
  readonly taken: readonly Rewrites[]
}

/**
 * Checks for each request, in order, whether the bytes that it makes the database rewrite are within the budget: those
 * of the stored profiles that it updates, less those it sent. A profile that several requests update is written once
 * and counts once. In: the key of each update, and the bytes of each stored profile, by keyText.
 */
export function admitRewrites(
  updates: readonly PlacedUpdate[],
  keys: ReadonlyMap<PlacedUpdate, ProfileKey>,
  bytes: ReadonlyMap<string, number>,
  budget: RewriteBudget,
): Admission {
  const refused = new Map<ProfilesRequest, RewriteRefusal>()
  const taken: Rewrites[] = []
  const counted = new Set<string>()
  for (const [request, ofRequest] of groupBy(updates, (placed) => placed.request)) {
    const fresh = new Map<string, number>()
    for (const placed of ofRequest) {
      // A deleted profile is not rewritten.
      if (placed.update.operations.every(({ kind }) => kind === '$delete')) continue
      const key = keys.get(placed)
      const text = key === undefined ? '' : keyText(key)
      const stored = bytes.get(text)
      if (stored !== undefined && !counted.has(text)) fresh.set(text, placed.project.id)
    }
    const rewrites = rewritesOf(fresh, bytes, request.sentBytes)
    const refusal = budget.take(rewrites)
    if (refusal !== undefined) {
      refused.set(request, refusal)
      continue
    }
    for (const text of fresh.keys()) counted.add(text)
    taken.push(rewrites)
  }
  return { refused, taken }
}

/** The bytes that profiles count for, by project. In: the project id of each, by keyText. */
function rewritesOf(
  fresh: ReadonlyMap<string, number>,
  bytes: ReadonlyMap<string, number>,
  sentBytes: number,
): Rewrites {
  const rewrites = new Map<number, number>()
  let brought = sentBytes
  for (const [text, projectId] of fresh) {
    const all = rewriteBytes(bytes.get(text) ?? 0)
    const rest = Math.max(all - brought, 0)
    brought -= all - rest
    if (rest > 0) rewrites.set(projectId, (rewrites.get(projectId) ?? 0) + rest)
  }
  return rewrites
}
