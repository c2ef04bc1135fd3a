import type { Json } from '../json.ts'

/*
 * What the SDKs add to JSON-logic: versions are compared as in SemVer 2.0.0, times to the second. A value that is no
 * version or no time satisfies nothing, not even `!==`.
 */

/** The comparison operators of JSON-logic. */
const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '===': (order) => order === 0,
  '!==': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

export const SIGNS: readonly string[] = Object.keys(COMPARISONS)

/** Longer texts are not versions. */
const MAX_VERSION_LENGTH = 256
const NUMBER = /^(0|[1-9]\d*)$/
const IDENTIFIER = /^[0-9a-z-]+$/i

interface Version {
  /** Major, minor, patch: digits, which may exceed the range of a number. */
  readonly core: readonly string[]
  readonly prerelease: readonly string[]
}

/** Compares two versions. Both are text: `1.2.3-beta.1+build`, with or without a `v`. */
export function semverCompare(actual: Json, sign: Json, target: Json): boolean {
  const [left, right] = [parseVersion(actual), parseVersion(target)]
  return left !== undefined && right !== undefined && isSo(compareVersions(left, right), sign)
}

function parseVersion(sent: Json): Version | undefined {
  if (typeof sent !== 'string' || sent.length > MAX_VERSION_LENGTH) return undefined
  const text = sent.trim().replace(/^v/i, '')
  const [, numbers = '', prerelease, build] = /^([^-+]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(text) ?? []
  const core = numbers.split('.')
  // Apps also use versions such as 1.2.
  while (core.length < 3) core.push('0')
  const identifiers = prerelease?.split('.') ?? []
  const isVersion =
    core.length === 3 &&
    core.every((part) => NUMBER.test(part)) &&
    identifiers.every((part) => IDENTIFIER.test(part) && (!/^\d+$/.test(part) || NUMBER.test(part))) &&
    (build?.split('.') ?? []).every((part) => IDENTIFIER.test(part))
  return isVersion ? { core, prerelease: identifiers } : undefined
}

function compareVersions(a: Version, b: Version): number {
  const byCore = compareLists(a.core, b.core)
  if (byCore !== 0) return byCore
  // A prerelease comes before its release.
  const [isBefore, isLater] = [a.prerelease.length > 0, b.prerelease.length > 0]
  if (isBefore !== isLater) return isBefore ? -1 : 1
  return compareLists(a.prerelease, b.prerelease) || a.prerelease.length - b.prerelease.length
}

/** Compares the parts that both lists have. */
function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [at, part] of a.entries()) {
    const other = b[at]
    if (other === undefined) return 0
    const order = compareParts(part, other)
    if (order !== 0) return order
  }
  return 0
}

/** Numbers as numbers, and before all that are text. */
function compareParts(a: string, b: string): number {
  const [isNumber, isOther] = [NUMBER.test(a), NUMBER.test(b)]
  if (isNumber !== isOther) return isNumber ? -1 : 1
  if (isNumber && a.length !== b.length) return a.length - b.length
  return a === b ? 0 : a < b ? -1 : 1
}

/** Date checks the time. The day is checked separately, since Date accepts the 30th of February. */
const RFC3339 = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
/** Beyond this, in ms, nothing is a time. */
const TWO_TO_63 = 2 ** 63

/** Compares a time in RFC 3339 with one in ms since the epoch; both are cut to seconds. */
export function datetimeCompare(actual: Json, sign: Json, target: Json): boolean {
  const seconds = typeof actual === 'string' ? parseSeconds(actual.trim().toUpperCase()) : undefined
  if (seconds === undefined || typeof target !== 'number' || Math.abs(target) >= TWO_TO_63) return false
  return isSo(seconds - Math.trunc(target / 1_000), sign)
}

function parseSeconds(text: string): number | undefined {
  const [, day] = RFC3339.exec(text) ?? []
  if (day === undefined) return undefined
  const midnight = new Date(`${day}T00:00:00Z`)
  const ms = Date.parse(text)
  if (Number.isNaN(ms) || Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) {
    return undefined
  }
  return Math.floor(ms / 1_000)
}

function isSo(order: number, sign: Json): boolean {
  return typeof sign === 'string' && (COMPARISONS[sign]?.(order) ?? false)
}
