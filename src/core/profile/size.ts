import type { Json } from '../json.ts'
import { weigh, weightOf } from './lists.ts'
import { LAST_SEEN, type Operation, type Profile } from './profile.ts'

/** Cached sizes of profiles, which must not change afterwards: a batch measures each once, however often it grows. */
const sizes = new WeakMap<Profile, number>()

/** Bytes of a profile as JSON, counting each digit that Postgres writes, and a comma or a brace per property. */
export function sizeOf(profile: Profile): number {
  const known = sizes.get(profile)
  if (known !== undefined) return known
  let bytes = 1
  for (const [name, value] of profile) bytes += bytesOf(name, value)
  sizes.set(profile, bytes)
  return bytes
}

/**
 * The size after operations, computed from the properties they may have touched. In: the profile before; undefined if
 * there was none.
 */
export function sizeAfter(
  after: Profile,
  before: Profile | undefined,
  operations: readonly Operation[],
): number {
  if (before === undefined || operations.some(({ kind }) => kind === '$delete')) return sizeOf(after)
  let bytes = sizeOf(before)
  for (const name of namesOf(operations)) bytes += bytesIn(after, name) - bytesIn(before, name)
  sizes.set(after, bytes)
  return bytes
}

/** The names that operations may have touched, each once. */
function namesOf(operations: readonly Operation[]): ReadonlySet<string> {
  const names = new Set<string>([LAST_SEEN])
  for (const operation of operations) {
    if ('names' in operation) for (const name of operation.names) names.add(name)
    if ('values' in operation) for (const [name] of operation.values) names.add(name)
  }
  return names
}

function bytesIn(profile: Profile, name: string): number {
  const value = profile.get(name)
  return value === undefined ? 0 : bytesOf(name, value)
}

/** The bytes of a property, with its colon and the comma or brace after it. */
function bytesOf(name: string, value: Json): number {
  const weight = typeof value === 'object' && value !== null ? weigh(value) : weightOf(value)
  return Buffer.byteLength(JSON.stringify(name)) + weight.bytes + weight.digits + 2
}
