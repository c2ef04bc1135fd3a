import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alias, asUser, History, merge, onDevice, type Sent, under, withBoth } from '../support/identity.ts'
import { NOW_S, startServer, startSharedServers, type TestServer, trackJson } from '../support/server.ts'

/*
 * What is told of duplicates and of reused insert_ids (DDP-03, DDP-09), and what a compaction removes (DDP-04). That
 * reads count duplicates once is held in reading.test.ts.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const T = NOW_S - 100
/** An event of U1 at a time with an insert_id. */
const copy = (event: string, $insert_id: string, time: number, more = {}): Sent => {
  return [event, { $user_id: 'U1', $insert_id, time, ...more }]
}

async function told(history: History) {
  const verdicts = await history.verdicts()
  return verdicts.map(({ code, severity, message, endpoint }) => `${severity} ${code} ${endpoint} ${message}`)
}

describe('verdicts on duplicates', () => {
  it('none where every event has an insert_id of its own, or none (DDP-03, VRD-03)', async () => {
    const history = await History.start(server, 'simplified')
    await history.batch('track', copy('e', 'a', T), copy('e', 'b', T), copy('e', 'c', T + 1))
    await history.batch(
      'track',
      ['e', { $user_id: 'U1', $insert_id: '' }],
      ['e', { $user_id: 'U1', $insert_id: '' }],
    )
    expect(await history.codes()).toEqual([])
  })

  it('n copies of an event, once, however often one asks (DDP-03)', async () => {
    const history = await History.start(server, 'simplified')
    for (let at = 0; at < 3; at++) await history.batch('track', copy('e', 'i', T))
    const time = new Date(T * 1_000).toISOString()
    const expected = [expect.stringContaining(`3 copies of e of U1 at ${time} with the $insert_id i`)]
    expect(await told(history)).toEqual(expected)
    expect(await told(history)).toEqual(expected)
    expect(await history.verdicts('distinct_id=U1')).toMatchObject([
      {
        code: 'dedup.hidden_duplicate',
        outcome: 'stored',
        severity: 'info',
        rule: 'DDP-03',
        endpoint: '/track',
        values: { n: 3, event: 'e', id: 'U1', time, insert_id: 'i' },
      },
    ])
    await history.batch('import', copy('e', 'i', T), copy('e', 'j', T), copy('e', 'j', T))
    expect(await history.codes()).toEqual(['dedup.hidden_duplicate', 'dedup.hidden_duplicate'])
  })

  it('an insert_id whose copies differ in other properties (DDP-09)', async () => {
    const history = await History.start(server, 'simplified')
    await history.batch('track', copy('e', 'i', T, { price: 1 }), copy('e', 'i', T, { price: 2 }))
    expect(await told(history)).toEqual([
      expect.stringMatching(/^info dedup.hidden_duplicate .*2 copies/),
      expect.stringMatching(/^error dedup.insert_id_reused .*\$insert_id i is on 2 different events of U1/),
    ])
  })

  it.each([
    ['two events', 2, []],
    ['three events', 3, ['dedup.insert_id_reused']],
  ])('one insert_id on %s of a user (DDP-09)', async (_name, count, codes) => {
    const history = await History.start(server, 'simplified')
    const names = ['a', 'b', 'c'].slice(0, count)
    await history.batch('track', ...names.map((name) => copy(name, 'i', T)))
    expect(await history.codes()).toEqual(codes)
  })

  it('not of different users (DDP-09)', async () => {
    const history = await History.start(server, 'simplified')
    await history.batch(
      'track',
      ...['a', 'b', 'c'].map((id): Sent => ['e', { $user_id: id, $insert_id: 'i', time: T }]),
    )
    expect(await history.codes()).toEqual([])
  })

  it.each([
    ['UTC', T, T + 5, true],
    ['UTC', T - 86_400, T, false],
    // Noon in UTC is midnight there.
    ['Pacific/Auckland', NOW_S - 1, NOW_S, false],
    ['Pacific/Auckland', NOW_S - 86_400, NOW_S - 1, true],
  ])(
    'equal but for the time, on a day of %s (%i, %i): %s (DDP-04)',
    async (timezone, first, second, isTold) => {
      const history = new History(server, await server.createProject({ timezone }))
      await history.batch('track', copy('e', 'i', first), copy('e', 'i', second))
      expect(await history.codes()).toEqual(isTold ? ['dedup.compaction_candidate'] : [])
    },
  )

  it('under two ids of one user, and told no second time when the user becomes another (DDP-06)', async () => {
    const history = await History.start(server, 'original')
    const same = { $insert_id: 'i', time: T }
    await history.batch('track', under('first', 'c'), ['e', { distinct_id: 'a', ...same }])
    await history.batch('track', ['e', { distinct_id: 'b', ...same }])
    const duplicates = async () => await history.verdicts('code=dedup.hidden_duplicate')
    expect(await duplicates()).toEqual([])
    await history.batch('track', alias('b', 'a'))
    const [told] = await duplicates()
    expect(told?.message).toContain('2 copies of e of a')
    await history.batch('import', merge('c', 'a'))
    expect(await history.users()).toEqual(['c a b'])
    expect(await duplicates()).toEqual([told])
  })

  it('an event sent again once its user is known is a copy, and reuses nothing (DDP-06, DDP-09)', async () => {
    const history = await History.start(server, 'simplified')
    const own = (ids: object) => ['e', { $insert_id: 'i', time: T, page: 'a', ...ids }] as const
    await history.batch('track', own({ $device_id: 'D1' }))
    await history.sendEach('track', ['link', { $device_id: 'D1', $user_id: 'U1' }])
    await history.batch('track', own({ $user_id: 'U1' }), own({ $user_id: 'U1', $device_id: 'D1' }))
    expect(await told(history)).toEqual([
      expect.stringMatching(/^info dedup.hidden_duplicate .*3 copies of e of \$device:D1/),
    ])
  })

  it('on Legacy by the very ids (DDP-06)', async () => {
    const history = await History.start(server, 'legacy')
    const same = { $insert_id: 'i', time: T }
    await history.batch('track', ['e', { distinct_id: 'a', ...same }])
    await history.batch('track', ['$create_alias', { alias: 'a', distinct_id: 'b' }])
    await history.batch('track', ['e', { distinct_id: 'b', ...same }])
    expect(await history.codes('code=dedup.hidden_duplicate')).toEqual([])
  })

  it('each once, whatever asks at once on several servers (DDP-03, DEC-06)', async () => {
    const shared = await startSharedServers(2)
    const { token } = await shared.createProject()
    const records = Array.from({ length: 40 }, (_, at) => {
      return { event: 'e', properties: { token, $user_id: 'U1', $insert_id: `i-${at % 20}`, time: T } }
    })
    for (const record of records) await shared.apps[0]?.inject(trackJson([record]))
    const url = `/_twin/projects/${token}/verdicts?limit=1000`
    await Promise.all(Array.from({ length: 8 }, (_, at) => shared.apps[at % 2]?.inject({ url })))
    const answer = await shared.apps[1]?.inject({ url })
    expect(answer?.json().verdicts).toHaveLength(20)
    await shared.close()
  })

  it('are gone with their user (GDP-05)', async () => {
    const open = await startServer({ adminToken: 'admin' })
    const headers = { authorization: 'Bearer admin' }
    const { token } = await open.createProject()
    const properties = { token, $user_id: 'U1', $insert_id: 'i', time: T }
    const two = [1, 2].map(() => ({ event: 'e', properties }))
    await open.send(trackJson(two))
    const codes = async () => {
      const answer = await open.send({ url: `/_twin/projects/${token}/verdicts`, headers })
      return answer.json().verdicts.map((verdict: { code: string }) => verdict.code)
    }
    expect(await codes()).toEqual(['dedup.hidden_duplicate'])
    const url = `/api/app/data-deletions/v3.0?token=${token}`
    await open.send({ method: 'POST', url, headers, payload: { distinct_ids: ['U1'] } })
    await open.send({ method: 'POST', url: `/_twin/projects/${token}/advance`, headers })
    expect(await codes()).toEqual([])
    await open.close()
  })
})

describe('compaction', () => {
  async function compact(history: History, body?: object) {
    const url = `/_twin/projects/${history.project.token}/compact`
    const own = body === undefined ? {} : { payload: body }
    return await server.send({ method: 'POST', url, ...own })
  }
  const left = async (history: History) => {
    return (await history.export()).map(({ event, properties }) => `${event} ${properties['n']}`)
  }

  it('equal but for the time, 5 s apart: the one that arrived last remains, in the raw export too (DDP-04)', async () => {
    const history = await History.start(server, 'simplified')
    await history.batch('track', copy('e', 'i', T + 5, { n: 1 }))
    await history.batch('track', copy('e', 'i', T, { n: 2 }))
    expect(await left(history)).toEqual(['e 2', 'e 1'])
    expect((await compact(history)).json()).toEqual({ days: 1, removed: 1 })
    expect(await left(history)).toEqual(['e 2'])
    expect((await compact(history)).json()).toEqual({ days: 1, removed: 0 })
  })

  it('the one that arrived last remains, also after the clock was set back (DDP-04)', async () => {
    const history = await History.start(server, 'simplified')
    await history.batch('track', copy('e', 'i', T + 5, { n: 1 }))
    server.clock.nowMs -= 5_000
    await history.batch('track', copy('e', 'i', T, { n: 2 }))
    server.clock.nowMs += 5_000
    expect((await compact(history)).json()).toMatchObject({ removed: 1 })
    expect(await left(history)).toEqual(['e 2'])
  })

  it.each([
    ['another day', copy('e', 'i', T - 86_400)],
    ['another name', copy('f', 'i', T)],
    ['another insert_id', copy('e', 'I', T)],
    ['another user', ['e', { $user_id: 'U2', $insert_id: 'i', time: T }] as Sent],
  ])('not of %s (DDP-04)', async (_name, other) => {
    const history = await History.start(server, 'simplified')
    await history.batch('track', copy('e', 'i', T), other)
    expect((await compact(history)).json()).toMatchObject({ removed: 0 })
    expect(await history.export()).toHaveLength(2)
  })

  it('of the user, under whichever id (DDP-04, DDP-06)', async () => {
    const history = await History.start(server, 'simplified')
    await history.batch('track', ['e', { $device_id: 'D1', $insert_id: 'i', time: T, n: 1 }])
    await history.batch(
      'track',
      withBoth('link', 'D1', 'U1'),
      onDevice('other', 'D2'),
      asUser('another', 'U2'),
    )
    await history.batch('track', copy('e', 'i', T + 5, { n: 2 }))
    expect((await compact(history)).json()).toMatchObject({ removed: 1 })
    expect(await left(history)).toContain('e 2')
    expect(await history.export()).toHaveLength(4)
  })

  it('of one day, or of all, in the project’s time zone (DDP-04)', async () => {
    const project = await server.createProject({ timezone: 'Pacific/Auckland' })
    const history = new History(server, project)
    const days = [NOW_S - 172_800, NOW_S - 86_400, NOW_S]
    for (const day of days) {
      await history.batch('track', copy('e', 'i', day), copy('e', 'i', day - 1))
    }
    // Noon in UTC is midnight there: four dates, of which the middle two have one of each pair.
    expect((await compact(history, { day: '2026-08-20' })).json()).toEqual({ days: 1, removed: 1 })
    expect((await compact(history, { day: '2026-08-22' })).json()).toEqual({ days: 0, removed: 0 })
    expect((await compact(history)).json()).toEqual({ days: 4, removed: 1 })
    expect(await server.readEvents(project.token)).toHaveLength(4)
  })

  it('refuses what is no day, and no project (DDP-04)', async () => {
    const history = await History.start(server, 'simplified')
    for (const day of ['2026-02-30', '0000-01-01', 'today', 7]) {
      expect((await compact(history, { day })).statusCode).toBe(400)
    }
    const url = '/_twin/projects/nobodys/compact'
    expect((await server.send({ method: 'POST', url })).statusCode).toBe(404)
  })
})

describe('a strict import of which a part was stored', () => {
  it('says in the header and in a verdict that the 400 is not for all (IMP-11, IMP-23)', async () => {
    const history = await History.start(server, 'simplified')
    const good = copy('good', 'good', T)
    const answer = await history.batch('import', good, copy('bad', 'bad:id', T))
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['twinpanel-verdict']).toBe('2; import.400_is_partial,record.invalid')
    expect(await history.verdicts('code=import.400_is_partial')).toMatchObject([
      {
        severity: 'info',
        outcome: 'stored',
        record: null,
        message: expect.stringContaining('but 1 records'),
      },
    ])
    await history.batch('import', copy('bad', 'bad:id', T))
    await history.batch('import', good)
    expect(await history.codes('code=import.400_is_partial')).toHaveLength(1)
  })
})
