import { isJsonArray, isJsonObject, type Json, type JsonObject, typeInWords } from '../json.ts'
import { inKilobytes, MAX_PROFILE_CONTAINER_BYTES } from '../limits.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { append, isSame, remove, union, weigh } from './lists.ts'
import type { Operation } from './profile.ts'

/** A profile that operations modify in place. */
type Bag = Map<string, Json>

/** The effect of an operation on a profile. */
export interface Applied {
  /** Something was written, even if the value was the same. */
  readonly isEffective: boolean
  readonly findings: readonly Finding[]
}

/** The result for one property: a value, `unchanged` without a finding, or the finding that says why not. */
type Change = { readonly value: Json } | 'unchanged' | Finding

/**
 * Applies one operation to a profile, in place: ENG-12 to ENG-18. `$delete` empties it; the caller must remove the
 * empty profile.
 */
export function applyOperation(profile: Bag, operation: Operation): Applied {
  if (operation.kind === '$delete') {
    profile.clear()
    return { isEffective: true, findings: [] }
  }
  if (operation.kind === '$unset') {
    const removed = operation.names.filter((name) => profile.delete(name))
    return { isEffective: removed.length > 0, findings: [] }
  }
  const findings: Finding[] = []
  let isEffective = false
  for (const [name, value] of operation.values) {
    const stored = profile.get(name)
    if (operation.isQuiet && stored !== undefined && isSame(stored, value)) continue
    const change = changeOf(operation.kind, name, stored, value)
    if (change === 'unchanged') continue
    if ('code' in change) {
      findings.push(change)
      continue
    }
    profile.set(name, change.value)
    isEffective = true
  }
  return { isEffective, findings }
}

function changeOf(
  kind: Exclude<Operation['kind'], '$delete' | '$unset'>,
  name: string,
  stored: Json | undefined,
  value: Json,
): Change {
  switch (kind) {
    case '$set':
      return { value }
    case '$set_once':
      return stored === undefined ? { value } : 'unchanged'
    case '$merge':
      return merge(name, stored, value)
    case '$add':
      return add(name, stored, value)
    case '$append':
      return onList(kind, name, stored, (list) => append(list, [value]))
    case '$union':
      return onList(kind, name, stored, (list) => union(list, isJsonArray(value) ? value : [value]))
    case '$remove':
      return stored === undefined ? 'unchanged' : onList(kind, name, stored, (list) => remove(list, value))
  }
}

/** Implements Android's `people.merge()`: sets the given keys of an object and keeps the others. */
function merge(name: string, stored: Json | undefined, value: Json): Change {
  if (!isJsonObject(value)) return mismatch('$merge', name, 'it was given', value)
  if (stored !== undefined && !isJsonObject(stored))
    return mismatch('$merge', name, 'the profile has', stored)
  return bounded(name, { ...stored, ...value })
}

/** ENG-14, ENG-20: both sides must be numbers. */
function add(name: string, stored: Json | undefined, value: Json): Change {
  if (typeof value !== 'number') return mismatch('$add', name, 'it was given', value)
  if (stored !== undefined && typeof stored !== 'number')
    return mismatch('$add', name, 'the profile has', stored)
  const sum = (stored ?? 0) + value
  if (Number.isFinite(sum)) return { value: sum }
  return finding('value.not_storable', {
    property: name,
    what: 'a number beyond a double',
    effect: 'stored without it',
  })
}

/** Applies a change to a list, or creates one; it may grow to the maximum size of a value (PRP-15). */
function onList(
  kind: string,
  name: string,
  stored: Json | undefined,
  change: (list: readonly Json[]) => readonly Json[],
): Change {
  if (stored !== undefined && !isJsonArray(stored)) return mismatch(kind, name, 'the profile has', stored)
  const before: readonly Json[] = stored ?? []
  const after = change(before)
  // An empty list still creates the property if there is none.
  if (after === before && stored !== undefined) return 'unchanged'
  return after.length <= before.length ? { value: after } : bounded(name, after)
}

/** Limits a list or an object that has grown to the maximum size of a value (PRP-15). */
function bounded(name: string, value: JsonObject | readonly Json[]): Change {
  const { bytes } = weigh(value)
  if (bytes <= MAX_PROFILE_CONTAINER_BYTES) return { value }
  const limit = inKilobytes(MAX_PROFILE_CONTAINER_BYTES)
  const what = ` (${bytes} bytes)`
  return finding('value.too_deep_or_large', { property: name, what, limit, effect: 'stays as it was' })
}

function mismatch(operation: string, property: string, whose: string, value: Json): Finding {
  return finding('profile.type_mismatch', { operation, property, cause: `${whose} ${typeInWords(value)}` })
}
