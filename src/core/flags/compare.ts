import type { Json } from '../json.ts'

/*
 * What the SDKs add to JSON-logic: versions are compared as SemVer 2.0.0 has it, moments to the second. What is no
 * version or no moment satisfies nothing, not even `!==`.
 */

/** How two values are compared; the signs of JSON-logic. */
const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '===': (order) => order === 0,
  '!==': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** The signs that a comparison may have. */
export const SIGNS: readonly string[] = Object.keys(COMPARISONS)

/** Longer texts are no versions. */
const MAX_VERSION_LENGTH = 256
const NUMBER = /^(0|[1-9]\d*)$/
const IDENTIFIER = /^[0-9a-z-]+$/i

interface Version {
  /** Major, minor, patch: digits, which may be more than a number can hold. */
  readonly core: readonly string[]
  readonly prerelease: readonly string[]
}

/** True where a version stands so to another. Both are text: `1.2.3-beta.1+build`, with or without a `v`. */
export function semverCompare(actual: Json, sign: Json, target: Json): boolean {
  const [left, right] = [parseVersion(actual), parseVersion(target)]
  return left !== undefined && right !== undefined && isSo(compareVersions(left, right), sign)
}

function parseVersion(sent: Json): Version | undefined {
  if (typeof sent !== 'string' || sent.length > MAX_VERSION_LENGTH) return undefined
  const text = sent.trim().replace(/^v/i, '')
  const [, numbers = '', prerelease, build] = /^([^-+]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(text) ?? []
  const core = numbers.split('.')
  // Apps call themselves 1.2, too.
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
  // A version that has them comes before the one that it leads to.
  const [isBefore, isLater] = [a.prerelease.length > 0, b.prerelease.length > 0]
  if (isBefore !== isLater) return isBefore ? -1 : 1
  return compareLists(a.prerelease, b.prerelease) || a.prerelease.length - b.prerelease.length
}

/** By the first parts that differ, as far as both go. */
function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [at, part] of a.entries()) {
    const other = b[at]
    if (other === undefined) return 0
    const order = compareParts(part, other)
    if (order !== 0) return order
  }
  return 0
}

/** Digits as numbers, before all that are text. */
function compareParts(a: string, b: string): number {
  const [isNumber, isOther] = [NUMBER.test(a), NUMBER.test(b)]
  if (isNumber !== isOther) return isNumber ? -1 : 1
  if (isNumber && a.length !== b.length) return a.length - b.length
  return a === b ? 0 : a < b ? -1 : 1
}

/** The time is checked by the parser of dates, and the day here: it would take the 30th of February for a day. */
const RFC3339 = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/
/** Ms beyond which nothing is a moment. */
const TWO_TO_63 = 2 ** 63

/** True where a moment, RFC 3339, stands so to another, in ms since the epoch; both are cut to seconds. */
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
