import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from '../../../../src/core/identity/model.ts'
import { IdentityState, type LoadedIdentity } from '../../../../src/core/identity/state.ts'

const ORIGIN = { event: 'E', insertId: 'i', atMs: 1 }

const join = (from: string, to: string, canonical: string): Change => {
  const change = { kind: 'join', from, to, canonical, rule: 'IDO-20', movesProfile: true } as const
  return change
}
const flag = (distinctId: string, as: 'alias' | 'identified'): Change => ({ kind: 'flag', distinctId, as })

function stateAfter(changes: readonly Change[], loaded?: LoadedIdentity): IdentityState {
  const state = new IdentityState(loaded)
  for (const change of changes) state.apply(change, ORIGIN)
  return state
}

const known = (
  distinctId: string,
  canonical: string,
  flags: { isAlias?: true; isIdentified?: true } = {},
) => {
  return { distinctId, canonical, isAlias: false, isIdentified: false, ...flags }
}

describe('IdentityState', () => {
  it('takes an id that nobody has named for a user of its own (IDS-02)', () => {
    const state = new IdentityState()
    expect(state.find('x')).toMatchObject({
      distinctId: 'x',
      isAlias: false,
      isIdentified: false,
      cluster: { canonical: 'x', size: 1, recentLinks: 0, earlierEvents: 0 },
    })
    expect(state.isUnchanged).toBe(true)
    expect(state.difference()).toMatchObject({ moved: [], ids: [], links: [] })
  })

  it('ids count as seen in the order in which they are asked for, after all that were loaded (IDO-23)', () => {
    const state = new IdentityState({ ids: [], clusters: [{ canonical: 'old', seen: 9 }] })
    const seen = ['x', 'y', 'old', 'x'].map((id) => state.find(id).cluster.seen)
    expect(seen.toSorted((a, b) => a - b)).toEqual([seen[2], seen[0], seen[3], seen[1]])
  })

  it('knows names that JavaScript knows, and tells cases apart (GEN-03)', () => {
    const state = stateAfter([join('__proto__', 'constructor', 'constructor')])
    expect(state.find('__proto__').cluster.canonical).toBe('constructor')
    expect(state.find('Constructor').cluster.canonical).toBe('Constructor')
    expect(state.find('toString').cluster.size).toBe(1)
  })

  it('counts what joins a user (IDS-05)', () => {
    const loaded = { ids: [], clusters: [{ canonical: 'U1', size: 2, recentLinks: 18 }] }
    const state = stateAfter([join('D1', 'U1', 'U1')], loaded)
    expect(state.find('U1').cluster).toMatchObject({ size: 3, recentLinks: 19 })
  })

  it('counts events under the id itself, and none of an id that was not asked for (IDL-02)', () => {
    const state = new IdentityState({ ids: [], clusters: [{ canonical: 'sally', earlierEvents: 2 }] })
    for (const id of ['sally', 'x']) state.countEvent(id)
    expect(state.find('sally').cluster.earlierEvents).toBe(3)
    expect(state.find('x').cluster.earlierEvents).toBe(0)
  })
})

describe('IdentityState.difference', () => {
  it('is one for all records: each id once, with the user it ends at, and each link (IDS-30)', () => {
    const state = stateAfter([join('a', 'b', 'b'), join('b', 'c', 'c'), flag('b', 'identified')])
    expect(state.difference()).toMatchObject({
      moved: [
        { from: 'a', to: 'c' },
        { from: 'b', to: 'c' },
      ],
      ids: [known('a', 'c'), known('b', 'c', { isIdentified: true })],
      links: [
        { ...ORIGIN, from: 'a', to: 'b', rule: 'IDO-20', canonical: 'b', absorbed: 'a' },
        { ...ORIGIN, from: 'b', to: 'c', rule: 'IDO-20', canonical: 'c', absorbed: 'b' },
      ],
    })
    expect(state.isUnchanged).toBe(false)
  })

  it.each<readonly [string, readonly Change[], readonly object[], readonly object[]]>([
    ['a flag is a change', [flag('U1', 'identified')], [], [known('U1', 'U1', { isIdentified: true })]],
    ['an alias is a change', [flag('k', 'alias')], [], [known('k', 'U1', { isAlias: true })]],
    [
      'whoever gives up the name has moved',
      [join('U1', 'new', 'new')],
      [{ from: 'U1', to: 'new' }],
      [known('U1', 'new')],
    ],
    [
      'a member speaks for its cluster',
      [join('k', 'new', 'new')],
      [{ from: 'U1', to: 'new' }],
      [known('k', 'new')],
    ],
    [
      'a new id joins by a member',
      [join('new', 'k', 'U1')],
      [{ from: 'new', to: 'U1' }],
      [known('k', 'U1'), known('new', 'U1')],
    ],
  ])('of a stored user with one other id: %s (DEC-06)', (_name, changes, moved, ids) => {
    const loaded = { ids: [known('U1', 'U1'), known('k', 'U1')], clusters: [{ canonical: 'U1', size: 2 }] }
    const difference = stateAfter(changes, loaded).difference()
    expect([difference.moved, difference.ids]).toEqual([moved, ids])
  })

  it('asking changes nothing (DEC-06)', () => {
    const loaded = { ids: [known('k', 'U1')], clusters: [{ canonical: 'U1', size: 2 }] }
    const state = new IdentityState(loaded)
    for (const id of ['k', 'U1', 'x']) state.find(id)
    expect(state.difference()).toMatchObject({ moved: [], ids: [], links: [] })
    expect(state.ids().map((own) => [own.distinctId, own.cluster.canonical])).toEqual([
      ['k', 'U1'],
      ['U1', 'U1'],
      ['x', 'x'],
    ])
  })
})

/** The same, told as sets: slow, and plainly right. */
class Sets {
  sets: { canonical: string; ids: Set<string> }[] = []
  readonly flags = new Set<string>()

  of(id: string) {
    const found = this.sets.find((own) => own.ids.has(id)) ?? { canonical: id, ids: new Set([id]) }
    if (!this.sets.includes(found)) this.sets.push(found)
    return found
  }

  join(a: string, b: string, canonical: string): void {
    const [one, other] = [this.of(a), this.of(b)]
    this.sets = this.sets.filter((own) => own !== one && own !== other)
    this.sets.push({ canonical, ids: new Set([...one.ids, ...other.ids]) })
  }

  load(): LoadedIdentity {
    const is = (what: string, id: string) => this.flags.has(`${id} ${what}`)
    return {
      ids: this.sets.flatMap(({ canonical, ids }) =>
        [...ids].map((id) => {
          const isIdentified = is('identified', id)
          return { distinctId: id, canonical, isAlias: is('alias', id), isIdentified }
        }),
      ),
      clusters: this.sets.map(({ canonical, ids }, seen) => {
        const identified = [...ids].filter((id) => is('identified', id))
        return { canonical, size: ids.size, seen, identified }
      }),
    }
  }
}

const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', '__proto__']
const anId = fc.constantFrom(...IDS)
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ from: anId, to: anId, isFirst: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ id: anId, as: fc.constantFrom('alias' as const, 'identified' as const) }),
  },
)

/** Makes the change that a step asks for; none where both ids are one user. */
function take(own: typeof step extends fc.Arbitrary<infer T> ? T : never, sets: Sets): Change | undefined {
  if ('id' in own) {
    sets.flags.add(`${own.id} ${own.as}`)
    sets.of(own.id)
    return flag(own.id, own.as)
  }
  const [one, other] = [sets.of(own.from), sets.of(own.to)]
  if (one === other) return undefined
  const { canonical } = own.isFirst ? one : other
  sets.join(own.from, own.to, canonical)
  return join(own.from, own.to, canonical)
}

describe('IdentityState, against sets', () => {
  it('knows after any changes what sets know, and writes what makes a store know it (DEC-06)', () => {
    const steps = fc.array(step, { maxLength: 20 })
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const sets = new Sets()
        for (const own of before) take(own, sets)
        // Ids are noted as received before anything is decided.
        for (const id of IDS) sets.of(id)
        const stored = sets.load()
        const state = new IdentityState(stored)
        for (const own of after) {
          const change = take(own, sets)
          if (change !== undefined) state.apply(change, ORIGIN)
        }
        const expected = IDS.map((id) => expectedOf(id, sets))
        const found = IDS.map((id) => {
          const { isAlias, isIdentified, cluster } = state.find(id)
          const { canonical, size, identified } = cluster
          return { id, canonical, size, isAlias, isIdentified, identified: [...identified].toSorted() }
        })
        expect(found).toEqual(expected)
        const rewritten = writeTo(stored, state)
        expect(IDS.map((id) => rewritten.get(id)?.canonical ?? id)).toEqual(found.map((own) => own.canonical))
        for (const { id, isAlias, isIdentified } of found) {
          expect(rewritten.get(id) ?? known(id, id)).toMatchObject({ isAlias, isIdentified })
        }
      }),
      { numRuns: 400 },
    )
  })
})

function expectedOf(id: string, sets: Sets) {
  const { canonical, ids } = sets.of(id)
  return {
    id,
    canonical,
    size: ids.size,
    isAlias: sets.flags.has(`${id} alias`),
    isIdentified: sets.flags.has(`${id} identified`),
    identified: [...ids].filter((own) => sets.flags.has(`${own} identified`)).toSorted(),
  }
}

/** A store after the state's difference: first its clusters move, then its ids are written. */
function writeTo(stored: LoadedIdentity, state: IdentityState) {
  const { moved, ids } = state.difference()
  const canonicals = new Map(moved.map(({ from, to }) => [from, to]))
  const rows = stored.ids.map((own) => ({
    ...own,
    canonical: canonicals.get(own.canonical) ?? own.canonical,
  }))
  return new Map([...rows, ...ids].map((own) => [own.distinctId, own]))
}
