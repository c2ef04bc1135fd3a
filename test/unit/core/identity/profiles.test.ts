import { describe, expect, it } from 'vitest'
import { LEGACY } from '../../../../src/core/identity/legacy.ts'
import type { Claim, Rulebook } from '../../../../src/core/identity/model.ts'
import { ORIGINAL } from '../../../../src/core/identity/original.ts'
import { shownAsOf } from '../../../../src/core/identity/propagation.ts'
import { SIMPLIFIED } from '../../../../src/core/identity/simplified.ts'
import { IdentityState } from '../../../../src/core/identity/state.ts'
import { DEFAULT_SETTINGS } from '../../../../src/core/settings.ts'
import { aProject } from '../../build.ts'

/* What becomes of profiles when ids are linked: which is kept, which moves, and what is said of the other. */

const A1 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'
type Users = Readonly<Record<string, readonly string[] | undefined>>

/** Users that nothing links, the first seen first, each with the names of its profile's properties, if it has one. */
function stateOf(users: Users): IdentityState {
  const clusters = Object.entries(users).map(([canonical, names], seen) => {
    return { canonical, seen, ...(names && { profile: { keptUnder: canonical, names } }) }
  })
  return new IdentityState({ ids: [], clusters })
}

/** Decides and applies. Out: what is said, and which profiles are kept under another id. */
function decide(rulebook: Rulebook, users: Users, ...claims: readonly Claim[]) {
  const state = stateOf(users)
  const findings = claims.flatMap((claim) => {
    const made = rulebook.decide(claim, state, DEFAULT_SETTINGS)
    for (const change of made.changes) state.apply(change, { event: 'E', insertId: 'i', atMs: 1 })
    return made.findings
  })
  return { findings, profiles: state.difference().profiles }
}

const pair: Claim = { kind: 'event', distinctId: 'U', deviceId: 'D', userId: 'U' }
const alias: Claim = { kind: 'alias', distinctId: 'U', alias: 'A', of: 'U' }
const merge = (one: string, other: string): Claim => ({ kind: 'merge', distinctId: one, ids: [one, other] })

describe('Simplified ID Merge', () => {
  it.each<readonly [string, Users, readonly object[]]>([
    [
      'of the device',
      { '$device:D': ['a', '$last_seen', 'b'] },
      [{ device: '$device:D', user: 'U', count: 2, names: 'a, b' }],
    ],
    ['of both', { '$device:D': ['a'], U: ['b'] }, [{ device: '$device:D', user: 'U', count: 1, names: 'a' }]],
    ['of the device, and nothing but $last_seen in it', { '$device:D': ['$last_seen'] }, []],
    ['of the user', { U: ['a'] }, []],
  ])('a link moves no profile, and says what is lost with one %s (IDS-03)', (_whose, users, values) => {
    expect(decide(SIMPLIFIED, users, pair)).toEqual({
      findings: values.map((own) => ({ code: 'profile.device_profile_lost', values: own })),
      profiles: [],
    })
  })
})

describe('Original ID Merge', () => {
  const hidden = (canonical: string, other: string, count: number, names: string) => {
    return { code: 'profile.hidden_by_merge', values: { canonical, other, count, names } }
  }

  it.each<readonly [string, Users, readonly object[], readonly object[]]>([
    ['both', { one: ['a'], two: ['b', 'c', '$last_seen'] }, [hidden('one', 'two', 2, 'b, c')], []],
    ['both, one of them nothing but $last_seen', { one: ['a'], two: ['$last_seen'] }, [], []],
    ['the canonical one', { one: ['a'], two: undefined }, [], []],
    ['the other', { one: undefined, two: ['b'] }, [], [{ from: 'two', to: 'one' }]],
    ['neither', { one: undefined, two: undefined }, [], []],
  ])(
    'the profile of the canonical id is kept, another moves there where there is none: of %s (IDO-24)',
    (_who, users, findings, moved) => {
      expect(decide(ORIGINAL, users, merge('one', 'two'))).toEqual({ findings, profiles: moved })
    },
  )

  it('a profile moves on with each link, and one that is hidden stays hidden (IDO-24)', () => {
    const made = decide(
      ORIGINAL,
      { one: ['a'], two: ['b'], three: ['c'] },
      merge('two', 'three'),
      merge('one', 'two'),
    )
    expect(made).toEqual({
      findings: [hidden('two', 'three', 1, 'c'), hidden('one', 'two', 1, 'b')],
      profiles: [],
    })
  })

  it('an $identify moves the profile of the anonymous id to the user (IDO-24, IDO-04)', () => {
    const identify: Claim = { kind: 'identify', distinctId: 'U', anonId: A1, identifiedId: 'U' }
    expect(decide(ORIGINAL, { U: undefined, [A1]: ['a'] }, identify).profiles).toEqual([
      { from: A1, to: 'U' },
    ])
  })
})

describe('Legacy ID management', () => {
  it.each<readonly [string, Users, readonly object[]]>([
    ['the alias', { A: ['a'] }, [{ code: 'identity.alias_shadows_profile', values: { alias: 'A' } }]],
    ['the user', { U: ['a'] }, []],
  ])(
    'an alias moves no profile, and says whose is hidden by it: of %s (IDL-02)',
    (_whose, users, findings) => {
      expect(decide(LEGACY, users, alias)).toEqual({ findings, profiles: [] })
    },
  )
})

describe('shownAsOf', () => {
  it.each([
    ['original', 0, undefined],
    ['original', 1, 9_999],
    ['simplified', 60, 9_940],
    ['legacy', 60, undefined],
  ] as const)(
    'in %s projects with a delay of %i ms queries show who was who at %s (IDS-32)',
    (idManagement, delayMs, asOf) => {
      const project = aProject({ idManagement }, { identity_propagation_ms: delayMs })
      expect(shownAsOf(project, 10_000)).toBe(asOf)
    },
  )
})
