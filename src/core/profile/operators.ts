import { isJsonObject, type Json } from '../json.ts'
import { MAX_PROFILE_CONTAINER_BYTES } from '../limits.ts'
import { jsonBytes } from '../measure.ts'
import { type Note, note } from '../verdict/note.ts'
import type { Operation } from './profile.ts'

/** A profile that operations are applied to, in place. */
type Bag = Map<string, Json>

/** What an operation has done to a profile. */
export interface Applied {
  /** Something was written, were it the same value again. */
  readonly isEffective: boolean
  readonly notes: readonly Note[]
}

/** What one property becomes: a value, `unchanged` for a reason that needs no telling, or why it may not. */
type Change = { readonly value: Json } | 'unchanged' | Note

/**
 * Applies one operation to a profile, in place: ENG-12 to ENG-18. `$delete` empties it; that the profile is gone
 * altogether is for the caller to see.
 */
export function applyOperation(profile: Bag, operation: Operation): Applied {
  if (operation.kind === '$delete') {
    profile.clear()
    return { isEffective: true, notes: [] }
  }
  if (operation.kind === '$unset') {
    const removed = operation.names.filter((name) => profile.delete(name))
    return { isEffective: removed.length > 0, notes: [] }
  }
  const notes: Note[] = []
  let isEffective = false
  for (const [name, value] of operation.values) {
    const change = changeOf(operation.kind, name, profile.get(name), value)
    if (change === 'unchanged') continue
    if ('code' in change) {
      notes.push(change)
      continue
    }
    profile.set(name, change.value)
    isEffective = true
  }
  return { isEffective, notes }
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
      return onList(kind, name, stored, (list) => bounded(name, [...list, value]))
    case '$union': {
      const isNew = stored === undefined
      return onList(kind, name, stored, (list) => {
        return union(name, list, Array.isArray(value) ? value : [value], isNew)
      })
    }
    case '$remove':
      return stored === undefined ? 'unchanged' : onList(kind, name, stored, (list) => remove(list, value))
  }
}

/** What Android's `people.merge()` promises: the object gets the keys that are given and keeps the others. */
function merge(name: string, stored: Json | undefined, value: Json): Change {
  if (!isJsonObject(value)) return mismatch('$merge', name, 'it was given', value)
  if (stored !== undefined && !isJsonObject(stored))
    return mismatch('$merge', name, 'the profile has', stored)
  return bounded(name, { ...stored, ...value })
}

/** ENG-14, ENG-20: numbers only, on both sides. */
function add(name: string, stored: Json | undefined, value: Json): Change {
  if (typeof value !== 'number') return mismatch('$add', name, 'it was given', value)
  if (stored !== undefined && typeof stored !== 'number')
    return mismatch('$add', name, 'the profile has', stored)
  const sum = (stored ?? 0) + value
  if (Number.isFinite(sum)) return { value: sum }
  return note('value.not_storable', { property: name, what: 'a number beyond a double' })
}

function onList(
  kind: string,
  name: string,
  stored: Json | undefined,
  change: (list: readonly Json[]) => Change,
): Change {
  if (stored === undefined) return change([])
  return Array.isArray(stored)
    ? change(stored as readonly Json[])
    : mismatch(kind, name, 'the profile has', stored)
}

function union(name: string, list: readonly Json[], values: readonly Json[], isNew: boolean): Change {
  const all = [...list]
  for (const value of values) if (!all.some((known) => isSame(known, value))) all.push(value)
  // An empty list makes the property all the same, where there is none.
  return all.length === list.length && !isNew ? 'unchanged' : bounded(name, all)
}

/** ENG-17: every element that is equal. */
function remove(list: readonly Json[], value: Json): Change {
  const left = list.filter((known) => !isSame(known, value))
  return left.length === list.length ? 'unchanged' : { value: left }
}

/** A list or an object that has grown must stay within the size of a value (PRP-15). */
function bounded(name: string, value: Json): Change {
  const bytes = jsonBytes(value)
  if (bytes <= MAX_PROFILE_CONTAINER_BYTES) return { value }
  return note('value.too_deep_or_large', { property: name, what: ` (${bytes} bytes)` })
}

function mismatch(operation: string, property: string, whose: string, value: Json): Note {
  return note('profile.type_mismatch', { operation, property, cause: `${whose} ${typeOf(value)}` })
}

function typeOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** ENG-22: the same JSON type and value; objects whatever the order of their keys. */
export function isSame(a: Json, b: Json): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((own, at) => isSame(own, b[at] ?? null))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name] ?? null, b[name] ?? null))
}
