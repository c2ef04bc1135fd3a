import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  A1,
  A2,
  alias,
  asUser,
  identify,
  merge,
  onDevice,
  type Sent,
  under,
  withBoth,
} from '../support/identity.ts'
import { Profiles, type Update } from '../support/profiles.ts'
import { startServer, type TestServer } from '../support/server.ts'

/*
 * Whose profile an update is for, and what becomes of profiles when users are joined (ENG-08, IDS-27 to IDS-29,
 * IDO-24, IDO-25, IDL-10; the row "profiles on link" of the matrix).
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = (mode: string, settings: object = {}) => Profiles.start(server, mode, settings)

/** An update of a profile, or an event. */
type Step = Update | Sent
const set = ($distinct_id: string, $set: Update, own: Update = {}): Update => ({ $distinct_id, $set, ...own })
const literal = { $ignore_alias: true }

/** A title, what happens, what then is stored under each id, what a reader is shown of ids, and the codes. */
type Row = readonly [
  string,
  readonly Step[],
  Update,
  Readonly<Record<string, Update | null>>,
  readonly string[],
]

const isSent = (step: Step): step is Sent => Array.isArray(step)

async function happen(profiles: Profiles, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const body = isSent(step) ? (await profiles.sendEach('import', step))[0] : await profiles.engage(step)
    expect(body).toMatch(/^1$|"num_records_imported":1,/)
  }
}

// biome-ignore format: a table, a row or two lines for each history
const SIMPLIFIED: readonly Row[] = [
  ['of a user (IDS-27)', [set('U1', { a: 1 })], { U1: { a: 1 } }, { U1: { a: 1 } }, []],
  ['of a device (IDS-27)', [set('$device:D1', { a: 1 })], { '$device:D1': { a: 1 } }, { '$device:D1': { a: 1 }, D1: null }, []],
  ['of a device that is linked (IDS-27)', [withBoth('e1', 'D1', 'U1'), set('$device:D1', { a: 1 })], { U1: { a: 1 } }, { U1: { a: 1 }, '$device:D1': { a: 1 } }, []],
  ['of a user whom a device is called like (IDS-27)', [onDevice('e1', 'D1'), set('D1', { a: 1 })], { D1: { a: 1 } }, { D1: { a: 1 }, '$device:D1': null }, ['profile.unprefixed_device']],
  ['also where the device is linked (IDS-27)', [withBoth('e1', 'D1', 'U1'), set('D1', { a: 1 })], { D1: { a: 1 } }, { D1: { a: 1 }, U1: null }, ['profile.unprefixed_device']],
  ['also where only a profile knows the device (IDS-27)', [set('$device:D1', { a: 1 }), set('D1', { a: 2 })], { '$device:D1': { a: 1 }, D1: { a: 2 } }, {}, ['profile.unprefixed_device']],
  ['told once, when it is made (IDS-27)', [onDevice('e1', 'D1'), set('D1', { a: 1 }), set('D1', { b: 1 })], { D1: { a: 1, b: 1 } }, {}, ['profile.unprefixed_device']],
  ['that of a device is lost when it is linked (IDS-28)', [set('$device:D1', { plan: 'trial' }), withBoth('e1', 'D1', 'U1')],
    { '$device:D1': { plan: 'trial' } }, { U1: null, '$device:D1': null }, ['profile.device_profile_lost']],
  ['and that of the user is untouched (IDS-28)', [set('U1', { name: 'C' }), set('$device:D1', { plan: 'trial', name: 'D' }), withBoth('e1', 'D1', 'U1')],
    { U1: { name: 'C' }, '$device:D1': { plan: 'trial', name: 'D' } }, { U1: { name: 'C' }, '$device:D1': { name: 'C' } }, ['profile.device_profile_lost']],
  ['lists and counters too (IDS-28)', [{ $distinct_id: '$device:D1', $add: { n: 5 }, }, withBoth('e1', 'D1', 'U1'), { $distinct_id: '$device:D1', $add: { n: 1 } }],
    { '$device:D1': { n: 5 }, U1: { n: 1 } }, { U1: { n: 1 } }, ['profile.device_profile_lost']],
  ['none to lose (IDS-28)', [onDevice('e1', 'D1'), withBoth('e2', 'D1', 'U1')], {}, { U1: null }, []],
  ['not by a user who comes too late (IDS-28)', [set('U2', { a: 2 }), withBoth('e1', 'D1', 'U1'), set('$device:D1', { a: 1 }), withBoth('e2', 'D1', 'U2')],
    { U1: { a: 1 }, U2: { a: 2 } }, { U1: { a: 1 }, U2: { a: 2 } }, ['identity.device_already_assigned']],
  ['no update links (IDS-29, ENG-31)', [set('U1', { $device_id: 'D1', $user_id: 'U2', $anon_id: A1 }, { $device_id: 'D1', $user_id: 'U1' }), set('$device:D1', { a: 1 })],
    { U1: { $device_id: 'D1', $user_id: 'U2', $anon_id: A1 }, '$device:D1': { a: 1 } }, { '$device:D1': { a: 1 } }, []],
  ['$ignore_alias reaches the device that is linked (ENG-08)', [set('$device:D1', { a: 1 }), withBoth('e1', 'D1', 'U1'), set('$device:D1', { b: 1 }, literal)],
    { '$device:D1': { a: 1, b: 1 } }, { U1: null }, ['profile.device_profile_lost']],
]

const FIRST = [under('e1', A1), under('e2', 'U1')]
const BOTH = [...FIRST, set(A1, { plan: 'trial' }), set('U1', { name: 'C', age: 7 })]
const HIDDEN = 'profile.hidden_by_merge'

// biome-ignore format: a table, a row or two lines for each history
const ORIGINAL: readonly Row[] = [
  ['none (IDO-24)', [...FIRST, identify(A1, 'U1')], {}, { [A1]: null, U1: null }, []],
  ['of the canonical id only (IDO-24)', [...FIRST, set(A1, { plan: 'trial' }), identify(A1, 'U1')], { [A1]: { plan: 'trial' } }, { [A1]: { plan: 'trial' }, U1: { plan: 'trial' } }, []],
  ['of the other only: it goes to the canonical id (IDO-24)', [...FIRST, set('U1', { name: 'C' }), identify(A1, 'U1')], { [A1]: { name: 'C' } }, { [A1]: { name: 'C' }, U1: { name: 'C' } }, []],
  ['of both: one is hidden (IDO-24)', [...BOTH, identify(A1, 'U1')], { [A1]: { plan: 'trial' }, U1: { name: 'C', age: 7 } }, { [A1]: { plan: 'trial' }, U1: { plan: 'trial' } }, [HIDDEN]],
  ['by $create_alias (IDO-24)', [...BOTH, alias('U1', A1)], { [A1]: { plan: 'trial' }, U1: { name: 'C', age: 7 } }, { U1: { plan: 'trial' } }, [HIDDEN]],
  ['by $merge (IDO-24)', [...BOTH, merge('U1', A1)], { [A1]: { plan: 'trial' }, U1: { name: 'C', age: 7 } }, { U1: { plan: 'trial' } }, [HIDDEN]],
  ['not by a verb that is refused (IDO-24)', [...BOTH, identify('session', 'U1')], { [A1]: { plan: 'trial' }, U1: { name: 'C', age: 7 } }, { U1: { name: 'C', age: 7 } }, ['identity.anon_not_guid']],
  ['nor twice (IDO-24)', [...BOTH, merge('U1', A1), merge('U1', A1)], { [A1]: { plan: 'trial' }, U1: { name: 'C', age: 7 } }, {}, [HIDDEN]],
  ['of three, through two canonical ids (IDO-24)',
    [under('e0', A2), ...FIRST, set('U1', { name: 'C' }), identify(A1, 'U1'), merge(A2, A1)], { [A2]: { name: 'C' } }, { U1: { name: 'C' }, [A1]: { name: 'C' } }, []],
  ['an id that only profiles know (IDO-24)', [set('U1', { name: 'C' }), under('e1', A1), identify(A1, 'U1')], { [A1]: { name: 'C' } }, { U1: { name: 'C' } }, []],
  ['updates of any id reach the one profile (IDO-25)',
    [...FIRST, identify(A1, 'U1'), alias('k', 'U1'), set('U1', { a: 1 }), set(A1, { b: 2 }), set('k', { c: 3 })], { [A1]: { a: 1, b: 2, c: 3 } }, { k: { a: 1, b: 2, c: 3 } }, []],
  ['and the hidden one is not reached (IDO-25)', [...BOTH, identify(A1, 'U1'), set('U1', { b: 2 })], { [A1]: { plan: 'trial', b: 2 }, U1: { name: 'C', age: 7 } }, { U1: { plan: 'trial', b: 2 } }, [HIDDEN]],
  ['but with $ignore_alias (ENG-08)', [...BOTH, identify(A1, 'U1'), set('U1', { b: 2 }, literal)], { [A1]: { plan: 'trial' }, U1: { name: 'C', age: 7, b: 2 } }, { U1: { plan: 'trial' } }, [HIDDEN]],
  ['$delete by any id (ENG-19)', [...BOTH, identify(A1, 'U1'), { $distinct_id: 'U1', $delete: '' }], { U1: { name: 'C', age: 7 } }, { U1: null, [A1]: null }, [HIDDEN]],
  ['no update links (IDS-29, ENG-31)', [...FIRST, set('U1', { $anon_id: A1, $identified_id: 'U1' })], { U1: { $anon_id: A1, $identified_id: 'U1' } }, { [A1]: null }, []],
]

// biome-ignore format: a table, a row or two lines for each history
const LEGACY: readonly Row[] = [
  ['an alias reaches the root (IDL-10)', [under('e1', '12345'), alias('sally', '12345'), set('sally', { a: 1 })], { 12345: { a: 1 } }, { sally: { a: 1 }, 12345: { a: 1 } }, []],
  ['through a chain (IDL-10)', [alias('sally', '12345'), alias('s@x.io', 'sally'), set('s@x.io', { a: 1 })], { 12345: { a: 1 } }, { 's@x.io': { a: 1 } }, []],
  ['$ignore_alias reaches the alias itself (IDL-10)', [alias('sally', '12345'), set('sally', { a: 1 }), set('sally', { b: 1 }, literal)], { 12345: { a: 1 }, sally: { b: 1 } }, { sally: { a: 1 }, 12345: { a: 1 } }, []],
  ['a profile that an alias shadows (IDL-10)', [set('sally', { old: 1 }), alias('sally', '12345'), set('sally', { a: 1 })],
    { 12345: { a: 1 }, sally: { old: 1 } }, { sally: { a: 1 } }, ['identity.alias_shadows_profile']],
  ['and is deleted alone (IDL-10)', [set('sally', { old: 1 }), set('12345', { a: 1 }), alias('sally', '12345'), { $distinct_id: 'sally', $delete: '', $ignore_alias: true }],
    { 12345: { a: 1 } }, { sally: { a: 1 } }, ['identity.alias_shadows_profile']],
  ['profiles stay where they are (IDL-10)', [set('12345', { a: 1 }), under('e1', '12345'), alias('sally', '12345')], { 12345: { a: 1 } }, { sally: { a: 1 } }, []],
  ['not by an alias that is ignored (IDL-10)', [alias('sally', '12345'), set('sally', { a: 1 }), alias('sally', '777')], { 12345: { a: 1 } }, { 777: null }, ['identity.alias_ignored_legacy']],
  ['no update links (IDS-29, ENG-31)', [set('12345', { alias: 'sally', $device_id: 'D1', $user_id: 'U1' })], { 12345: { alias: 'sally', $device_id: 'D1', $user_id: 'U1' } }, { sally: null, U1: null }, []],
]

describe.each([
  ['simplified', SIMPLIFIED],
  ['original', ORIGINAL],
  ['legacy', LEGACY],
] as const)('profiles in %s projects', (mode, rows) => {
  it.each(rows)('%s', async (_rule, steps, stored, shown, codes) => {
    const profiles = await start(mode)
    await happen(profiles, steps)
    expect(await profiles.stored()).toEqual(stored)
    for (const [id, profile] of Object.entries(shown)) expect(await profiles.profile(id), id).toEqual(profile)
    // Which id a user goes by is told elsewhere.
    const told = (await profiles.codes()).filter((code) => code !== 'identity.canonical_is_anonymous')
    expect(told).toEqual(codes)
  })

  it.each(rows)(
    'with neighbouring records in one request: %s (GEN-07)',
    async (_rule, steps, stored, shown) => {
      const profiles = await start(mode)
      for (let at = 0; at < steps.length; ) {
        const isEvents = isSent(steps[at] ?? {})
        const rest = steps.slice(at)
        const end = rest.findIndex((step) => isSent(step) !== isEvents)
        const run = end < 0 ? rest : rest.slice(0, end)
        if (isEvents) await profiles.batch('import', ...run.filter(isSent))
        else await profiles.engage(...(run as readonly Update[]))
        at += run.length
      }
      expect(await profiles.stored()).toEqual(stored)
      for (const [id, profile] of Object.entries(shown))
        expect(await profiles.profile(id), id).toEqual(profile)
    },
  )
})

describe('the row "profiles on link" of the matrix', () => {
  const joining: Readonly<Record<string, readonly Sent[]>> = {
    simplified: [withBoth('e3', 'D1', 'U1')],
    original: [identify(A1, 'U1')],
    legacy: [alias('U1', A1)],
  }
  it.each([
    ['IDS-28', 'simplified', '$device:D1', { own: 'U1' }],
    ['IDO-24', 'original', A1, { own: A1 }],
    ['IDL-10', 'legacy', A1, { own: A1 }],
  ])('%s: in %s projects', async (_rule, mode, anonymous, kept) => {
    const profiles = await start(mode)
    const before = [under('e1', anonymous), under('e2', 'U1')]
    await happen(profiles, [...before, set(anonymous, { own: anonymous }), set('U1', { own: 'U1' })])
    const stored = await profiles.stored()
    await happen(profiles, joining[mode] ?? [])
    // Neither is changed, and one is shown for both.
    expect(await profiles.stored()).toEqual(stored)
    expect([await profiles.profile(anonymous), await profiles.profile('U1')]).toEqual([kept, kept])
  })
})

describe('profiles are written before the link, or after it (GEN-09)', () => {
  // The browser's SDK sends people first, the mobile ones send events first.
  it.each([
    ['simplified', '$device:D1', [onDevice('e1', 'D1')], withBoth('e2', 'D1', 'U1'), 'U1'],
    ['original', A1, [under('e1', A1)], identify(A1, 'U1'), A1],
    ['legacy', A1, [under('e1', A1)], alias('U1', A1), undefined],
  ] as const)('in %s projects', async (mode, anonymous, events, link, keptUnder) => {
    const update = set('U1', { name: 'C' })
    const orders: readonly (readonly Step[])[] = [
      [...events, update, link],
      [...events, link, update],
      [update, ...events, link],
    ]
    for (const steps of orders) {
      const profiles = await start(mode)
      await happen(profiles, steps)
      const isAfter = steps.indexOf(update) > steps.indexOf(link)
      // Only a legacy project minds: what an alias shadows is out of reach.
      const shown = keptUnder !== undefined || isAfter ? { name: 'C' } : null
      expect(await profiles.stored()).toEqual({ [keptUnder ?? (isAfter ? A1 : 'U1')]: { name: 'C' } })
      expect([await profiles.profile('U1'), await profiles.profile(anonymous)]).toEqual([shown, shown])
    }
  })
})

describe('what is told of profiles that are out of reach', () => {
  it('of the update that makes one for a user whom a device is called like (IDS-27)', async () => {
    const profiles = await start('simplified')
    await happen(profiles, [onDevice('e1', 'D1')])
    await profiles.engage({ $distinct_id: 'D1', $unset: ['a'] }, set('D1', { a: 1 }), set('D1', { b: 1 }))
    const told = (await profiles.verdicts()).map(({ code, record_index }) => [code, record_index])
    expect(told).toEqual([['profile.unprefixed_device', 1]])
  })

  it('which properties of a device (IDS-28)', async () => {
    const profiles = await start('simplified')
    await happen(profiles, [set('$device:D1', { plan: 'trial', n: 1 }), withBoth('e1', 'D1', 'U1')])
    const told = await profiles.verdict('profile.device_profile_lost')
    expect(told).toMatchObject({ severity: 'error', endpoint: '/import' })
    // That of when it was last seen is not the sender's.
    expect(told?.message).toMatch(/^Linking \$device:D1 to U1 hid 2 .*: (n, plan|plan, n)\.$/)
  })

  it('which properties of a user (IDO-24)', async () => {
    const profiles = await start('original')
    await happen(profiles, [...BOTH, identify(A1, 'U1')])
    const told = await profiles.verdict(HIDDEN)
    expect(told).toMatchObject({ severity: 'error', endpoint: '/import' })
    expect(told?.message).toContain(`The profile of ${A1} is kept`)
    expect(told?.message).toMatch(/; 2 properties of U1 are hidden: (age, name|name, age)\.$/)
  })

  it('of profiles that one request hides and moves (IDO-24)', async () => {
    const profiles = await start('original')
    await happen(profiles, [under('e1', 'a'), under('e2', 'b'), under('e3', 'c'), under('e4', 'd')])
    await profiles.engage(set('b', { of: 'b' }), set('c', { of: 'c' }), set('d', { of: 'd' }))
    await profiles.batch('import', merge('a', 'b'), merge('c', 'd'), merge('d', 'b'))
    expect(await profiles.profile('d')).toEqual({ of: 'b' })
    expect(await profiles.users()).toEqual(['a b c d'])
    const hidden = (await profiles.verdicts()).filter(({ code }) => code === HIDDEN)
    expect(hidden).toHaveLength(2)
  })

  it('one that moves and is then hidden is where it moved, also in one request (IDO-24, GEN-07)', async () => {
    const where: unknown[] = []
    for (const isOneRequest of [false, true]) {
      const profiles = await start('original')
      await happen(profiles, [
        under('e1', 'a'),
        set('a', { of: 'a' }),
        under('e2', 'b'),
        set('c', { of: 'c' }),
      ])
      const merges = [merge('b', 'c'), merge('a', 'b')]
      if (isOneRequest) await profiles.batch('import', ...merges)
      else await happen(profiles, merges)
      expect(await profiles.codes()).toEqual([HIDDEN])
      where.push(await profiles.stored())
    }
    expect(where).toEqual(Array(2).fill({ a: { of: 'a' }, b: { of: 'c' } }))
  })

  it.each(['identified', 'random:7'])(
    'with the canonical id chosen as %s (IDO-23, IDO-24)',
    async (policy) => {
      const profiles = await start('original', { canonical_policy: policy })
      await happen(profiles, [...BOTH, identify(A1, 'U1')])
      const canonical = (await profiles.user('U1'))?.distinct_id ?? ''
      const own = canonical === A1 ? { plan: 'trial' } : { name: 'C', age: 7 }
      if (policy === 'identified') expect(canonical).toBe('U1')
      expect([await profiles.profile(A1), await profiles.profile('U1')]).toEqual([own, own])
    },
  )

  it('a user that is full keeps its profile, and so does the other (IDO-22, IDO-24)', async () => {
    const profiles = await start('original', { id_cluster_max: 2 })
    await happen(profiles, [...BOTH, merge('U1', 'x'), identify(A1, 'U1')])
    expect([await profiles.profile(A1), await profiles.profile('U1')]).toEqual([
      { plan: 'trial' },
      { name: 'C', age: 7 },
    ])
    expect(await profiles.codes()).not.toContain(HIDDEN)
  })

  it('of users that are listed none is listed twice (ENG-08)', async () => {
    const profiles = await start('original')
    await happen(profiles, [...BOTH, identify(A1, 'U1'), set('U1', { b: 1 }, literal)])
    expect(await profiles.users()).toEqual([`${A1} U1`])
    const simplified = await start('simplified')
    await happen(simplified, [set('$device:D1', { a: 1 }), asUser('e1', 'U1'), withBoth('e2', 'D1', 'U1')])
    expect(await simplified.users()).toEqual(['U1 $device:D1'])
  })
})
