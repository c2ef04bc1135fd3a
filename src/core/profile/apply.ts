import type { Json } from '../json.ts'
import { inKilobytes, MAX_PROFILE_BYTES, MAX_PROFILE_PROPERTIES } from '../limits.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { applyOperation } from './operators.ts'
import { LAST_SEEN, type Operation, type OperationName, type Profile, type ProfileUpdate } from './profile.ts'
import { sizeAfter, sizeOf } from './size.ts'

/** A profile after an update: undefined where there is none. */
export interface UpdatedProfile {
  readonly profile: Profile | undefined
  readonly findings: readonly Finding[]
}

/** Operations that make a profile where there is none (ENG-10). */
const CREATING: ReadonlySet<OperationName> = new Set([
  '$set',
  '$set_once',
  '$merge',
  '$add',
  '$append',
  '$union',
])

/**
 * Applies an update to a profile: its operations in order (ENG-21), all or nothing where the profile would have too
 * many properties (ENG-29) or become too large, and `$last_seen` if anything was written (ENG-26).
 */
export function applyUpdate(profile: Profile | undefined, update: ProfileUpdate): UpdatedProfile {
  let bag: Map<string, Json> | undefined = profile === undefined ? undefined : new Map(profile)
  let isEffective = false
  let isDeleted = false
  const findings: Finding[] = []
  for (const operation of update.operations) {
    if (operation.kind === '$delete') {
      bag = undefined
      isDeleted = true
      continue
    }
    if (bag === undefined && !CREATING.has(operation.kind)) continue
    const target: Map<string, Json> = bag ?? new Map()
    const applied = applyOperation(target, operation)
    findings.push(...applied.findings)
    if (bag === undefined && !applied.isEffective && operation.kind !== '$set') continue
    bag = target
    isEffective ||= applied.isEffective
  }
  const isUntouched = !isEffective && !isDeleted && (bag === undefined) === (profile === undefined)
  if (bag === undefined || isUntouched) return { profile: isUntouched ? profile : undefined, findings }
  const count = bag.size - (bag.has(LAST_SEEN) ? 1 : 0)
  if (count > MAX_PROFILE_PROPERTIES) {
    return { profile, findings: [finding('profile.too_many_properties', { id: update.id, count })] }
  }
  if (isEffective && update.lastSeen !== undefined) bag.set(LAST_SEEN, update.lastSeen)
  if (update.operations.some(isGrowing) && isTooLarge(bag, profile, update.operations)) {
    return {
      profile,
      findings: [finding('profile.too_large', { id: update.id, limit: inKilobytes(MAX_PROFILE_BYTES) })],
    }
  }
  return { profile: bag, findings }
}

/** True where a profile has grown beyond what it may hold: one that was too large before may stay so, or shrink. */
function isTooLarge(
  profile: Profile,
  before: Profile | undefined,
  operations: readonly Operation[],
): boolean {
  const bytes = sizeAfter(profile, before, operations)
  return bytes > MAX_PROFILE_BYTES && (before === undefined || bytes > sizeOf(before))
}

/** Whether an operation may make a profile larger. */
function isGrowing({ kind }: Operation): boolean {
  return kind !== '$delete' && kind !== '$unset' && kind !== '$remove'
}
