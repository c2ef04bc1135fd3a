import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { datetimeCompare, SIGNS, semverCompare } from '../../../../src/core/flags/compare.ts'
import type { Json } from '../../../../src/core/json.ts'

type Compare = (actual: unknown, sign: string, target: unknown) => boolean
/** What the Node SDK evaluates by itself: there must be no flag that it decides otherwise. */
const sdk: { readonly semverCompare: Compare; readonly datetimeCompare: Compare } = createRequire(
  import.meta.url,
)('mixpanel/lib/flags/custom_operators.js')

const sign = fc.constantFrom(...SIGNS)
const part = fc.oneof(
  fc.nat({ max: 12 }).map(String),
  fc.constantFrom('00', '01', '9007199254740993', '90071992547409931', '', 'x', '-1', ' 1'),
)
const identifier = fc.oneof(
  part,
  fc.constantFrom('alpha', 'beta', 'Beta', 'rc-1', '--', 'ä', 'a b', '0a', '1a'),
)
const list = (of: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(of, { minLength: 1, maxLength }).map((parts) => parts.join('.'))
const version = fc
  .tuple(
    fc.constantFrom('', '', 'v', 'V', 'vv', ' ', '\n'),
    list(part, 4),
    fc.option(list(identifier, 3)),
    fc.option(list(identifier, 2)),
    fc.constantFrom('', '', ' ', '+', '-', '\n'),
  )
  .map(([before, core, prerelease, build, after]) => {
    return `${before}${core}${prerelease === null ? '' : `-${prerelease}`}${build === null ? '' : `+${build}`}${after}`
  })

describe('versions (FLG-01, FLG-02)', () => {
  it.each<[string, string, Json, boolean]>([
    ['1.2.3', '===', 'v1.2.3+build.5', true],
    ['1.2', '===', '1.2.0', true],
    ['1.10.0', '>', '1.9.9', true],
    ['1.0.0-alpha', '<', '1.0.0', true],
    ['1.0.0-alpha.1', '<', '1.0.0-alpha.beta', true],
    ['1.0.0-beta.2', '<', '1.0.0-beta.11', true],
    ['1.0.0-rc.1', '<', '1.0.0-rc.1.0', true],
    ['9007199254740993.0.0', '>', '9007199254740992.0.0', true],
    ['01.0.0', '!==', '1.0.0', false],
    ['1.2.3.4', '!==', '1.0.0', false],
    ['latest', '!==', '1.0.0', false],
    ['1.0.0', '===', 1, false],
    ['1.0.0', '=', '1.0.0', false],
    [`1.0.0-${'a'.repeat(251)}`, '<', '1.0.0', false],
  ])('%s %s %s: %s', (actual, own, target, expected) => {
    expect(semverCompare(actual, own, target)).toBe(expected)
    expect(sdk.semverCompare(actual, own, target)).toBe(expected)
  })

  it('are compared as the SDK compares them, whatever they look like', () => {
    fc.assert(
      fc.property(version, sign, version, (actual, own, target) => {
        expect(semverCompare(actual, own, target)).toBe(sdk.semverCompare(actual, own, target))
      }),
      { numRuns: 3_000 },
    )
  })
})

const two = (max: number) => fc.nat({ max }).map((number) => String(number).padStart(2, '0'))
const moment = fc
  .tuple(
    fc.constantFrom('2026', '2024', '1969', '0000', '0099', '26'),
    two(14),
    two(33),
    fc.constantFrom('T', 't', ' ', ''),
    two(25),
    two(61),
    two(61),
    fc.constantFrom('', '.5', '.123456', '.'),
    fc.constantFrom('Z', 'z', '+01:00', '-23:59', '+24:00', '+0100', ''),
    fc.constantFrom('', '', ' '),
  )
  .map(([year, month, day, t, hour, minute, second, fraction, zone, blank]) => {
    return `${blank}${year}-${month}-${day}${t}${hour}:${minute}:${second}${fraction}${zone}${blank}`
  })
const ms = fc.oneof(
  fc.integer({ min: -2_000_000_000_000, max: 2_000_000_000_000 }),
  fc.constantFrom(0, 0.5, -1, 1e18, 9.3e18, -9.3e18, 1_767_225_600_000),
)

describe('moments (FLG-01, FLG-02)', () => {
  it.each<[Json, string, Json, boolean]>([
    ['2026-01-01T00:00:00Z', '===', 1_767_225_600_999, true],
    ['2026-01-01T01:00:00.9+01:00', '===', 1_767_225_600_000, true],
    ['2026-01-01T00:00:01z', '>', 1_767_225_600_000, true],
    ['2026-02-30T00:00:00Z', '!==', 0, false],
    ['2026-01-01', '!==', 0, false],
    ['2026-01-01T24:00:00Z', '!==', 0, false],
    [1_767_225_600_000, '!==', 0, false],
    ['2026-01-01T00:00:00Z', '!==', '0', false],
    ['2026-01-01T00:00:00Z', '<', 9.3e18, false],
  ])('%j %s %j: %s', (actual, own, target, expected) => {
    expect(datetimeCompare(actual, own, target)).toBe(expected)
    expect(sdk.datetimeCompare(actual, own, target)).toBe(expected)
  })

  it('are compared as the SDK compares them, whatever they look like', () => {
    fc.assert(
      fc.property(moment, sign, ms, (actual, own, target) => {
        expect(datetimeCompare(actual, own, target)).toBe(sdk.datetimeCompare(actual, own, target))
      }),
      { numRuns: 3_000 },
    )
  })
})
