import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { A1, alias, History, identify, merge, onDevice, type Sent, under } from '../support/identity.ts'
import { importJson, NOW_S, startServer, type TestServer } from '../support/server.ts'

/* One test for each cell of the contract's chapter 9: the same input to each of the three identity systems. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = (mode: string, settings: object = {}) => History.start(server, mode, settings)
const both: Sent = ['e2', { distinct_id: 'U1', $device_id: A1, $user_id: 'U1' }]

describe('an event with $device_id and $user_id', () => {
  it.each([
    ['IDS-03', 'simplified', [`U1 $device:${A1}`], []],
    ['IDO-01', 'original', [`$device:${A1}`, 'U1'], ['identity.dual_id_inert']],
    ['IDL-09', 'legacy', [`$device:${A1}`, 'U1'], []],
  ])('%s: %s', async (_rule, mode, users, codes) => {
    const history = await start(mode)
    await history.sendEach('track', under('e1', `$device:${A1}`), both)
    expect(await history.users()).toEqual(users)
    expect(await history.codes()).toEqual(codes)
  })
})

describe('$identify by /track', () => {
  it.each([
    ['IDS-20, DEC-01', 'simplified', [A1, 'U1'], 2, 'identity.identify_noop'],
    ['IDO-04', 'original', [`${A1} U1`], 3, 'identity.canonical_is_anonymous'],
    ['IDL-06', 'legacy', [A1, 'U1'], 3, 'identity.identify_noop'],
  ])('%s: %s', async (_rule, mode, users, events, code) => {
    const history = await start(mode)
    const answers = await history.sendEach('track', under('e1', A1), under('e2', 'U1'), identify(A1, 'U1'))
    expect(answers).toEqual(['1', '1', '1'])
    expect(await history.users()).toEqual(users)
    expect(await history.export()).toHaveLength(events)
    expect((await history.codes()).at(-1)).toBe(code)
  })
})

describe('$create_alias by /track', () => {
  it.each([
    [
      'IDS-21, DEC-01',
      'simplified',
      { e1: 'sally', e2: 'U1', e3: 'sally' },
      3,
      'identity.alias_noop_simplified',
    ],
    ['IDO-14', 'original', { e1: 'sally', e2: 'sally', e3: 'sally' }, 4, undefined],
    ['IDL-02', 'legacy', { e1: 'sally', e2: 'U1', e3: 'U1' }, 4, 'identity.alias_not_retroactive'],
  ])('%s: %s', async (_rule, mode, owners, events, code) => {
    const history = await start(mode)
    const sent = [under('e1', 'sally'), under('e2', 'U1'), alias('sally', 'U1'), under('e3', 'sally')]
    expect(new Set(await history.sendEach('track', ...sent))).toEqual(new Set(['1']))
    expect(await history.owners()).toEqual(owners)
    expect(await history.export()).toHaveLength(events)
    expect((await history.codes()).at(-1)).toBe(code)
  })
})

describe('a second $create_alias by /track', () => {
  it.each([
    ['IDS-21', 'simplified', []],
    ['IDO-15', 'original', [['$create_alias', 'errAliasAlreadyExists', 'alias already exists with the id']]],
    ['IDL-03, IDL-13', 'legacy', []],
  ])('%s: %s', async (_rule, mode, failures) => {
    const history = await start(mode)
    expect(await history.sendEach('track', alias('k', 'U1'), alias('k', 'U2'))).toEqual(['1', '1'])
    expect(await history.failureReasons()).toEqual(failures)
  })
})

describe('$merge by /track', () => {
  it.each([
    ['IDS-23, TRK-38', 'simplified'],
    ['IDO-20, TRK-38', 'original'],
    ['IDL-07, TRK-38', 'legacy'],
  ])('%s: %s', async (_rule, mode) => {
    const history = await start(mode)
    expect(await history.sendEach('track', under('a', 'a'), under('b', 'b'), merge('a', 'b'))).toEqual([
      '1',
      '1',
      '0',
    ])
    expect(await history.users()).toEqual(['a', 'b'])
    expect(await history.export()).toHaveLength(2)
  })
})

describe('identity events by a strict import', () => {
  const verbs: readonly Sent[] = [identify(A1, 'U1'), alias('k', 'U1'), merge('U1', 'U2')]
  const after = ['k', A1, 'U2'].map((id, n) => under(`after-${n}`, id))

  it.each([
    ['IDS-22', 'simplified', 400, []],
    ['IDO-04, IDO-14, IDO-20, IMP-26', 'original', 200, ['U1', 'U1', 'U1']],
    ['IDL-01, IDL-06, IDL-07, IMP-26', 'legacy', 200, ['U1', A1, 'U2']],
  ])('%s: %s', async (_rule, mode, status, owners) => {
    const history = await start(mode)
    const answer = await history.batch('import', under('e1', 'U1'), ...verbs)
    expect([answer.statusCode, answer.json().num_records_imported]).toEqual([status, status === 200 ? 4 : 0])
    if (status === 200) await history.batch('import', ...after)
    expect(Object.values(await history.owners()).slice(1)).toEqual(owners)
  })
})

describe('a bare distinct_id', () => {
  it.each([
    ['IDS-01', 'simplified', 'x', { $user_id: 'x' }],
    ['IDO-01', 'original', 'x', {}],
    ['IDL-01', 'legacy', 'root', {}],
  ])('%s: %s', async (_rule, mode, distinct_id, ids) => {
    const history = await start(mode)
    // Only a legacy project has made x an alias.
    if (mode === 'legacy') await history.sendEach('track', alias('x', 'root'))
    await history.sendEach('track', under('e1', 'x'))
    const event = (await server.readEvents(history.project.token)).at(-1)
    expect(event).toMatchObject({ distinct_id, properties: ids })
    expect('$user_id' in (event?.properties ?? {})).toBe(mode === 'simplified')
  })
})

describe('a bare distinct_id with $device:', () => {
  it.each([
    ['IDS-11', 'simplified', 'x', 'device'],
    ['IDO-02', 'original', undefined, 'id'],
    ['IDL-08', 'legacy', undefined, 'id'],
  ])('%s: %s', async (_rule, mode, $device_id, role) => {
    const history = await start(mode)
    await history.sendEach('track', under('e1', '$device:x'))
    const [event] = await server.readEvents(history.project.token)
    expect([event?.distinct_id, event?.properties['$device_id']]).toEqual(['$device:x', $device_id])
    expect((await history.user('$device:x'))?.distinct_ids).toMatchObject([{ id: '$device:x', role }])
  })
})

describe('the canonical id, and whether the past is joined', () => {
  it.each([
    ['IDS-03, IDS-25', 'simplified', both, 'U1', 'U1'],
    ['IDO-23', 'original', identify(`$device:${A1}`, 'U1'), `$device:${A1}`, `$device:${A1}`],
    ['IDL-01, IDL-02', 'legacy', alias('U1', `$device:${A1}`), `$device:${A1}`, `$device:${A1}`],
  ])('%s: %s', async (_rule, mode, link, canonical, owner) => {
    const history = await start(mode)
    await history.sendEach('track', under('e1', `$device:${A1}`), link, under('e3', 'U1'))
    expect((await history.user('U1'))?.distinct_id).toBe(canonical)
    expect(await history.owners()).toMatchObject({ e1: owner, e3: owner })
  })

  it.each([
    ['IDS-03', 'simplified', ['e2', { $device_id: 'x', $user_id: 'U1' }] satisfies Sent, 'U1'],
    ['IDO-14', 'original', alias('$device:x', 'U1'), '$device:x'],
    ['IDL-02', 'legacy', alias('$device:x', 'U1'), '$device:x'],
  ])('%s: the past in %s', async (_rule, mode, link, owner) => {
    const history = await start(mode)
    await history.sendEach('track', under('e1', '$device:x'), link, under('e3', 'U1'))
    expect((await history.owners())['e1']).toBe(owner)
    const past = mode === 'legacy' ? 'U1' : owner
    expect((await history.owners())['e3']).toBe(past)
  })
})

describe('how many ids a user may have', () => {
  const ids = Array.from({ length: 8 }, (_, n) => `id-${n}`)
  it.each([
    ['IDS-35', 'simplified', (id: string): Sent => onDevice(`on ${id}`, id), 9],
    ['IDO-22, DEC-02', 'original', (id: string): Sent => alias(id, 'U1'), 4],
    ['IDL-13', 'legacy', (id: string): Sent => alias(id, 'U1'), 9],
  ])('%s: %s', async (_rule, mode, link, count) => {
    const history = await start(mode, { id_cluster_max: 4 })
    const sent = ids.map((id): Sent => {
      const [event, properties] = link(id)
      return mode === 'simplified' ? [event, { ...properties, $user_id: 'U1' }] : [event, properties]
    })
    await history.batch('track', under('e1', 'U1'), ...sent)
    expect((await history.user('U1'))?.distinct_ids).toHaveLength(count)
  })
})

describe('a strict import without distinct_id', () => {
  it.each([
    ['IDS-01, IMP-15', 'simplified', 200],
    ['IDO-30, IMP-15', 'original', 400],
    ['IMP-15', 'legacy', 400],
  ])('%s: %s', async (_rule, mode, status) => {
    const history = await start(mode)
    const properties = { time: NOW_S - 60, $insert_id: 'whose' }
    const answer = await server.send(importJson(history.project.token, [{ event: 'test', properties }]))
    expect(answer.statusCode).toBe(status)
    const knock = { ...properties, $device_id: 'knock', $user_id: 'knock' }
    const second = await server.send(
      importJson(history.project.token, [{ event: 'test', properties: knock }]),
    )
    expect(second.statusCode).toBe(status)
    const ids = (await history.export()).map(({ properties: { distinct_id } }) => distinct_id)
    const hash = expect.stringMatching(/^[0-9a-f]{40}$/)
    expect(ids.sort()).toEqual(status === 200 ? [hash, 'knock'] : [])
  })
})

describe('the same event as a device and as its user', () => {
  it('counts once when they are one, and is two lines of the export (DDP-06)', async () => {
    const history = await start('simplified')
    const same = { time: NOW_S - 60, $insert_id: 'same' }
    await history.sendEach(
      'track',
      ['E', { ...same, $device_id: 'D1' }],
      ['link', { $device_id: 'D1', $user_id: 'U1' }],
    )
    await history.sendEach('track', ['E', { ...same, $user_id: 'U1', v: 2 }])
    const events = await server.readEvents(history.project.token, 'event=E')
    expect(events).toMatchObject([{ distinct_id: 'U1', properties: { v: 2 } }])
    expect((await history.export()).filter((line) => line.event === 'E')).toHaveLength(2)
    expect((await history.listUsers())[0]?.events).toBe(2)
  })

  it.each([
    ['IDO-04', 'original', identify(A1, 'U1'), 1],
    ['IDL-02', 'legacy', alias(A1, 'U1'), 2],
  ])(
    'linked as %s has it, in %s mode, it counts as one user’s or as two users’ (DDP-06)',
    async (_rule, mode, link, count) => {
      const history = await start(mode)
      const same = { time: NOW_S - 60, $insert_id: 'same' }
      const sent: readonly Sent[] = [
        ['E', { ...same, distinct_id: A1 }],
        link,
        ['E', { ...same, distinct_id: 'U1' }],
      ]
      await history.sendEach('track', ...sent)
      expect(await server.readEvents(history.project.token, 'event=E')).toHaveLength(count)
      expect((await history.export()).filter((line) => line.event === 'E')).toHaveLength(2)
    },
  )
})

describe('one request to three projects', () => {
  it('each decides by its own rules, and about its own ids (TRK-22, GEN-07)', async () => {
    const histories = await Promise.all(['simplified', 'original', 'legacy'].map((mode) => start(mode)))
    const sent = [under('e1', A1), both, identify(A1, 'U1'), alias('k', 'U1'), under('e3', 'k')]
    const own = histories.map((history) => history.records(...sent))
    const records = sent.flatMap((_, n) => own.map((list) => list[n] ?? {}))
    expect((await histories[0]?.post('track', records))?.body).toBe('1')
    const users = await Promise.all(histories.map((history) => history.users()))
    expect(users).toEqual([[A1, `U1 $device:${A1}`, 'k'], [`${A1} U1 k`], [A1, 'U1 k']])
  })
})

describe('requests that come twice', () => {
  const D1 = { $device_id: 'D1' }
  const shared: readonly Sent[] = [
    ['e1', { ...D1, distinct_id: '$device:D1' }],
    ['e2', { ...D1, distinct_id: 'U1', $user_id: 'U1' }],
    ['e3', { ...D1, distinct_id: 'U2', $user_id: 'U2' }],
    ['e4', { ...D1, distinct_id: '$device:D1' }],
  ]
  const verbs: readonly Sent[] = [
    under('v1', A1),
    identify(A1, 'U1'),
    identify(A1, 'U2'),
    alias('k', 'U1'),
    alias('k', 'U2'),
    under('v2', 'k'),
  ]

  async function outcome(history: History) {
    const events = await server.readEvents(history.project.token)
    return {
      users: await history.listUsers(),
      events: events.map((event) => [event.event, event.distinct_id, event.insert_id, event.time]),
    }
  }

  it.each([
    ['IDS-08', 'simplified', 'track'],
    ['IDO-11, IDO-15', 'original', 'track'],
    ['IDL-03', 'legacy', 'track'],
    ['IDO-11, IDO-15', 'original', 'import'],
    ['IDL-03', 'legacy', 'import'],
  ] as const)(
    'change nothing, as %s has it, in %s mode, by /%s (DDP-01, DEC-06)',
    async (_rule, mode, way) => {
      const [once, twice] = [await start(mode), await start(mode)]
      for (const one of [...shared, ...verbs]) {
        const [record = {}] = once.records(one)
        await once.post(way, [record])
        const [same = {}] = twice.records(one)
        await twice.post(way, [same])
        await twice.post(way, [same])
      }
      expect(await outcome(twice)).toEqual(await outcome(once))
      expect(await twice.export()).toHaveLength(2 * (await once.export()).length)
    },
  )

  it.each(['simplified', 'original'])('nor does all of it again, in %s (DDP-06, DEC-06)', async (mode) => {
    const history = await start(mode)
    const records = history.records(...shared, ...verbs)
    await history.post('track', records)
    const before = await outcome(history)
    await history.post('track', records)
    expect(await outcome(history)).toEqual(before)
  })
})
