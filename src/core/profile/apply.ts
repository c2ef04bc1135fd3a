import type { Json, JsonObject } from '../json.ts'
import {
  inKilobytes,
  MAX_PROFILE_BYTES,
  MAX_PROFILE_CONTAINER_BYTES,
  MAX_PROFILE_PROPERTIES,
} from '../limits.ts'
import { type Note, note } from '../verdict/note.ts'
import { containerBytes } from './lists.ts'
import { applyOperation } from './operators.ts'
import { LAST_SEEN, type OperationName, type Profile, type ProfileUpdate } from './profile.ts'

/** A profile after an update: undefined where there is none. */
export interface UpdatedProfile {
  readonly profile: Profile | undefined
  readonly notes: readonly Note[]
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
  const notes: Note[] = []
  for (const operation of update.operations) {
    if (operation.kind === '$delete') {
      bag = undefined
      isDeleted = true
      continue
    }
    if (bag === undefined && !CREATING.has(operation.kind)) continue
    const target: Map<string, Json> = bag ?? new Map()
    const applied = applyOperation(target, operation)
    notes.push(...applied.notes)
    if (bag === undefined && !applied.isEffective && operation.kind !== '$set') continue
    bag = target
    isEffective ||= applied.isEffective
  }
  const isUntouched = !isEffective && !isDeleted && (bag === undefined) === (profile === undefined)
  if (bag === undefined || isUntouched) return { profile: isUntouched ? profile : undefined, notes }
  const count = bag.size - (bag.has(LAST_SEEN) ? 1 : 0)
  if (count > MAX_PROFILE_PROPERTIES) {
    return { profile, notes: [note('profile.too_many_properties', { id: update.id, count })] }
  }
  if (isTooLarge(bag) && bytesOf(bag) > bytesOf(profile ?? new Map())) {
    return {
      profile,
      notes: [note('profile.too_large', { id: update.id, limit: inKilobytes(MAX_PROFILE_BYTES) })],
    }
  }
  if (isEffective && update.lastSeen !== undefined) bag.set(LAST_SEEN, update.lastSeen)
  return { profile: bag, notes }
}

/** Each list and object alone is within its own limit, so few of them need no measuring. */
const MAX_UNMEASURED = MAX_PROFILE_BYTES / MAX_PROFILE_CONTAINER_BYTES

function isTooLarge(profile: Profile): boolean {
  let containers = 0
  for (const value of profile.values()) if (isContainer(value)) containers++
  return containers > MAX_UNMEASURED && bytesOf(profile) > MAX_PROFILE_BYTES
}

/** Bytes of the lists and objects of a profile. */
function bytesOf(profile: Profile): number {
  let bytes = 0
  for (const value of profile.values()) if (isContainer(value)) bytes += containerBytes(value)
  return bytes
}

function isContainer(value: Json): value is JsonObject | readonly Json[] {
  return typeof value === 'object' && value !== null
}
