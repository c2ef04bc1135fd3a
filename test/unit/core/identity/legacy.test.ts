import { describe, expect, it } from 'vitest'
import { LEGACY } from '../../../../src/core/identity/legacy.ts'
import type { Claim, Decision } from '../../../../src/core/identity/model.ts'
import { IdentityState } from '../../../../src/core/identity/state.ts'
import { DEFAULT_SETTINGS } from '../../../../src/core/settings.ts'

const A1 = '4f6d1a3e-0b1c-4d2e-8f3a-000000000001'

/** Roots and the aliases that stand for them, with a space between, the root first. */
type World = readonly string[]

function stateOf(world: World, earlierEvents: Readonly<Record<string, number>>): IdentityState {
  const clusters = world.map((text) => text.split(' '))
  return new IdentityState({
    ids: clusters.flatMap((ids) =>
      ids.slice(1).map((distinctId) => {
        return { distinctId, canonical: ids[0] ?? '', isAlias: false, isIdentified: false }
      }),
    ),
    clusters: Object.entries(earlierEvents).map(([canonical, count]) => ({
      canonical,
      earlierEvents: count,
    })),
  })
}

function decide(world: World, claim: Claim, earlierEvents: Readonly<Record<string, number>> = {}): Decision {
  const state = stateOf(world, earlierEvents)
  const made = LEGACY.decide(claim, state, DEFAULT_SETTINGS)
  expect(state.isUnchanged).toBe(true)
  expect(made.annotations).toBeUndefined()
  return made
}

const event = (distinctId: string, deviceId?: string, userId?: string): Claim => {
  return { kind: 'event', distinctId, deviceId, userId }
}
const alias = (name: string | undefined, of: string | undefined): Claim => {
  return { kind: 'alias', distinctId: of ?? '', alias: name, of }
}
const link = (from: string, to: string, canonical: string) => {
  return { kind: 'join', from, to, canonical, rule: 'IDL-01' }
}

const SALLY = ['12345 sally']

describe('LEGACY.decide: an event', () => {
  it.each<readonly [string, string, World, Claim, string]>([
    ['IDL-01', 'an id that is no alias', SALLY, event('12345'), '12345'],
    ['IDL-01', 'an alias', SALLY, event('sally'), '12345'],
    ['IDL-01', 'an unknown id', SALLY, event('67890'), '67890'],
    ['IDL-01', 'an alias in another case', SALLY, event('Sally'), 'Sally'],
    ['IDL-04', 'each of several aliases', ['12345 a b'], event('b'), '12345'],
    ['IDL-09', 'both ids', SALLY, event('x', '12345', 'sally'), 'x'],
    ['IDL-09', 'a device', SALLY, event('$device:12345', '12345'), '$device:12345'],
    ['IDL-09', 'an alias beside both ids', SALLY, event('sally', A1, 'x'), '12345'],
  ])('%s: is stored under its root: %s', (_rule, _name, world, claim, distinctId) => {
    expect(decide(world, claim)).toMatchObject({
      distinctId,
      changes: [],
      annotations: undefined,
      findings: [],
    })
  })
})

describe('LEGACY.decide: $create_alias', () => {
  it.each<readonly [string, string, World, Claim, ReturnType<typeof link>, string]>([
    ['IDL-01', 'both unknown', [], alias('sally', '12345'), link('sally', '12345', '12345'), '12345'],
    ['IDL-04', 'a second alias', SALLY, alias('s', '12345'), link('s', '12345', '12345'), '12345'],
    ['IDL-04', 'an alias of an alias', SALLY, alias('s', 'sally'), link('s', 'sally', '12345'), '12345'],
    ['IDL-05', 'a chain built late', ['a b'], alias('a', '12345'), link('a', '12345', '12345'), '12345'],
    ['IDL-14', 'an id that has aliases', ['k a b'], alias('k', 'X'), link('k', 'X', 'X'), 'X'],
    [
      'IDL-14',
      'an id that has aliases, of an alias',
      ['k a', 'X y'],
      alias('k', 'y'),
      link('k', 'y', 'X'),
      'X',
    ],
    ['IDL-01', 'ids of any form', [], alias('é 😀', A1), link('é 😀', A1, A1), A1],
  ])('%s: maps %s', (_rule, _name, world, claim, change, distinctId) => {
    expect(decide(world, claim)).toMatchObject({
      distinctId,
      changes: [change],
      annotations: undefined,
      findings: [],
    })
  })

  it.each<readonly [string, string, World, Claim, string, string]>([
    ['IDL-03', 'an alias of another', SALLY, alias('sally', '67890'), '12345', '67890'],
    ['IDL-03', 'an alias of an alias of another', [...SALLY, 'X y'], alias('sally', 'y'), '12345', 'X'],
    ['IDL-05', 'a circle of two', ['b a'], alias('b', 'a'), 'a', 'b'],
    ['IDL-05', 'a circle of three', ['c a b'], alias('c', 'a'), 'a', 'c'],
  ])('%s: leaves %s as it is', (rule, _name, world, claim, owner, distinctId) => {
    const made = decide(world, claim)
    expect([made.distinctId, made.changes]).toEqual([distinctId, []])
    const ids = claim.kind === 'alias' ? { alias: claim.alias, of: claim.of } : {}
    const why =
      rule === 'IDL-05'
        ? { relation: 'the id behind', effect: 'are one user already' }
        : { relation: 'an alias of', effect: 'remain separate users' }
    const values = { ...ids, owner, ...why }
    expect(made.findings).toEqual([{ code: 'identity.alias_ignored_legacy', values }])
  })

  it.each<readonly [string, World, Claim, string]>([
    ['an alias of the same', SALLY, alias('sally', '12345'), '12345'],
    ['an alias of another alias of the same', ['c a b'], alias('b', 'a'), 'c'],
  ])('linking twice is linking once: %s (DEC-06)', (_name, world, claim, distinctId) => {
    expect(decide(world, claim)).toMatchObject({ distinctId, changes: [], findings: [] })
  })

  it.each<readonly [string, string, World, Claim, object, string]>([
    ['IDL-14', 'itself', [], alias('k', 'k'), { code: 'identity.same_ids', values: { id: 'k' } }, 'k'],
    ['IDL-14', 'itself, an alias', SALLY, alias('sally', 'sally'), { code: 'identity.same_ids' }, '12345'],
    [
      'IDL-11',
      'nothing',
      SALLY,
      alias(undefined, 'sally'),
      { values: { event: '$create_alias', field: 'alias' } },
      '12345',
    ],
    [
      'IDL-11',
      'an alias of nothing',
      SALLY,
      alias('s', undefined),
      { values: { event: '$create_alias', field: 'distinct_id' } },
      '',
    ],
  ])('%s: maps nothing where the alias is %s', (_rule, _name, world, claim, told, distinctId) => {
    const made = decide(world, claim)
    expect([made.distinctId, made.changes]).toEqual([distinctId, []])
    expect(made.findings).toMatchObject([told])
  })

  it.each([
    ['none', {}, []],
    ['of the root only', { 12345: 7 }, []],
    ['one', { sally: 1 }, [1]],
    ['many', { sally: 1_000, 12345: 7 }, [1_000]],
  ])('earlier events under the alias are told: %s (IDL-02)', (_name, earlier, counts) => {
    const made = decide([], alias('sally', '12345'), earlier)
    expect(made.changes).toMatchObject([link('sally', '12345', '12345')])
    expect(made.findings).toEqual(
      counts.map((count) => ({ code: 'identity.alias_not_retroactive', values: { alias: 'sally', count } })),
    )
  })

  it('a user has any number of aliases (IDL-13)', () => {
    const world = [['12345', ...Array.from({ length: 600 }, (_, n) => `k${n}`)].join(' ')]
    expect(decide(world, alias('k600', '12345')).changes).toMatchObject([link('k600', '12345', '12345')])
  })
})

describe('LEGACY.decide: what has no function', () => {
  it.each<readonly [string, Claim, string, string]>([
    [
      'IDL-06',
      { kind: 'identify', distinctId: 'U1', anonId: A1, identifiedId: 'U1' },
      'U1',
      'identity.identify_noop',
    ],
    [
      'IDL-06',
      { kind: 'identify', distinctId: 'sally', anonId: 'x', identifiedId: 'sally' },
      '12345',
      'identity.identify_noop',
    ],
    [
      'IDL-06',
      { kind: 'identify', distinctId: '', anonId: undefined, identifiedId: undefined },
      '',
      'identity.identify_noop',
    ],
    ['IDL-07', { kind: 'merge', distinctId: 'a', ids: ['a', 'b'] }, 'a', 'identity.merge_not_on_track'],
    [
      'IDL-07',
      { kind: 'merge', distinctId: 'sally', ids: ['sally', 'b'] },
      '12345',
      'identity.merge_not_on_track',
    ],
  ])('%s: %j is stored under %j and joins nobody (IDL-13)', (_rule, claim, distinctId, code) => {
    const made = decide(SALLY, claim)
    expect([made.distinctId, made.changes]).toEqual([distinctId, []])
    expect(made.findings).toMatchObject([{ code }])
  })

  it.each<readonly [Claim, readonly string[]]>([
    [event('x', 'D', 'U'), ['x']],
    [alias('k', 'U1'), ['U1', 'k', 'U1']],
    [alias(undefined, undefined), []],
    [{ kind: 'identify', distinctId: 'U1', anonId: A1, identifiedId: 'U2' }, ['U1']],
    [{ kind: 'merge', distinctId: 'a', ids: ['a', 'b'] }, ['a']],
  ])('what must be known about %j (IDL-01)', (claim, ids) => {
    expect([LEGACY.concerns(claim), LEGACY.firstSeenIds(claim)]).toEqual([ids, []])
  })
})
