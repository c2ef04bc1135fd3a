import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  A1,
  A2,
  alias,
  History,
  identify,
  merge,
  onDevice,
  type Sent,
  under,
  withBoth,
} from '../support/identity.ts'
import { NOW_MS, NOW_S, startServer, type TestServer } from '../support/server.ts'

/* The users of a project, and one user by any of its ids: what the twin API tells of identity (DEC-04). */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const start = (mode = 'simplified', settings: object = {}) => History.start(server, mode, settings)
const AT = new Date(NOW_MS).toISOString()

interface Page {
  readonly users: readonly { distinct_id: string; distinct_ids: readonly string[]; events: number }[]
  readonly next: string | null
}

async function pagesOf(history: History, limit: number): Promise<readonly Page[]> {
  const pages: Page[] = []
  let after = ''
  while (pages.length < 100) {
    const page = (await history.get(`users?limit=${limit}${after}`)).json<Page>()
    pages.push(page)
    if (page.next === null) break
    after = `&after=${encodeURIComponent(page.next)}`
  }
  return pages
}

describe('the list', () => {
  it('an empty project has none (DEC-04)', async () => {
    expect((await (await start()).get('users')).json()).toEqual({ users: [], next: null })
  })

  it.each([1, 7, 10, 30, 1_000])('pages of %i hold each user once, byte by byte (DEC-04)', async (limit) => {
    const history = await start()
    const ids = ['A', 'Z', 'a', 'b', 'é', '～', '😀', ' ', '10', '9', 'a/b', 'a%2Fb', '$x', '~']
    await history.batch('import', ...ids.map((id) => under(`of ${id}`, id)))
    const devices = Array.from({ length: 15 }, (_, n) => `D${n}`)
    await history.batch(
      'import',
      ...devices.map((device) => withBoth(`on ${device}`, device, `user-${device}`)),
    )
    const pages = await pagesOf(history, limit)
    const users = pages.flatMap((page) => page.users)
    const inBytes = [...ids, ...devices.map((device) => `user-${device}`)]
      .map((id) => Buffer.from(id))
      .sort(Buffer.compare)
      .map(String)
    expect(users.map((user) => user.distinct_id)).toEqual(inBytes)
    expect(pages.slice(0, -1).every((page) => page.users.length === limit)).toBe(true)
    for (const user of users) {
      const device = user.distinct_id.startsWith('user-') ? [`$device:${user.distinct_id.slice(5)}`] : []
      expect(user).toEqual({
        distinct_id: user.distinct_id,
        distinct_ids: [user.distinct_id, ...device],
        events: 1,
        last_seen: expect.any(String),
      })
    }
  })

  it('counts all events of a user, duplicates once (DEC-04, DDP-03)', async () => {
    const history = await start()
    const records = history.records(onDevice('e1', 'D1'), withBoth('e2', 'D1', 'U1'), onDevice('e3', 'D1'))
    await history.post('import', [...records, ...records])
    const last = new Date((NOW_S - 2_998) * 1_000).toISOString()
    expect(await history.listUsers()).toEqual([
      { distinct_id: 'U1', distinct_ids: ['U1', '$device:D1'], events: 3, last_seen: last },
    ])
    const first = new Date((NOW_S - 3_000) * 1_000).toISOString()
    expect((await history.user('U1'))?.events).toEqual({ count: 3, first, last })
  })

  it.each(['simplified', 'original'])(
    'has a full first page before thousands of linked devices, and devices last: %s (DEC-04)',
    async (mode) => {
      const history = await start(mode)
      const users = ['!first', 'U1', 'U2', '~last', '$device:lone']
      await history.batch('import', ...users.map((id) => under('e', id)))
      // By SQL: linking 3,000 devices would take longer than the rest of this file.
      await server.db.pool.query(
        `with linked as (
           insert into identity (project_id, distinct_id, canonical, first_seen_seq)
           select id, '$device:' || n, 'U1', n from project, generate_series(1, 3000) as n where token = $1
           returning project_id, distinct_id
         )
         insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                            properties)
         select project_id, distinct_id, 1, 1, 'e', distinct_id, 1, true, '{}' from linked`,
        [history.project.token],
      )
      for (const limit of [2, 4, 5, 100]) {
        const pages = await pagesOf(history, limit)
        expect(pages.flatMap((page) => page.users.map((user) => user.distinct_id))).toEqual(users)
        expect(pages[0]?.users).toHaveLength(Math.min(limit, users.length))
      }
    },
  )

  it('says that a user has more events than are counted (DEC-04)', async () => {
    const history = await start()
    await history.batch('import', under('e', 'busy'), under('e', 'quiet'))
    await server.db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                          properties)
       select id, 'busy', n, n, 'e', n, 1, true, '{}' from project, generate_series(1, 10000) as n where token = $1`,
      [history.project.token],
    )
    expect(await history.listUsers()).toMatchObject([
      { events: 10_000, has_more_events: true },
      { events: 1 },
    ])
    const events = (await history.user('busy'))?.events
    expect(events).toMatchObject({ count: 10_000, has_more: true, first: '1970-01-01T00:00:00.001Z' })
    expect((await history.user('quiet'))?.events).not.toHaveProperty('has_more')
  })

  it('events of nobody make no user (IMP-17)', async () => {
    const history = await start()
    await history.sendEach('track', under('e1', ''), ['e2', {}])
    expect(await history.listUsers()).toEqual([])
  })

  it('two projects share nothing (DEC-04)', async () => {
    const [one, other] = [await start(), await start()]
    await one.sendEach('track', withBoth('e1', 'D1', 'U1'))
    await other.sendEach('track', onDevice('e1', 'D1'))
    expect([await one.users(), await other.users()]).toEqual([['U1 $device:D1'], ['$device:D1']])
    expect(await other.user('U1')).toBeUndefined()
  })

  it.each(['limit=0', 'limit=1001', 'limit=x', 'limit=-1'])(
    '%s is a bad question (DEC-04)',
    async (query) => {
      const answer = await (await start()).get(`users?${query}`)
      expect(answer.statusCode).toBe(400)
      expect(answer.headers['content-type']).toContain('application/problem+json')
    },
  )
})

describe('one user', () => {
  it.each([
    'a/b',
    '/',
    '//a//',
    'a/',
    '50%',
    '%2F',
    'a%2Fb',
    'ü😀',
    'a b',
    ' ',
    'a+b',
    '?x=1',
    'a&b=c',
    'user@example.com',
    "'; drop table event; --",
    '*',
    ':id',
    '\\',
    'x'.repeat(255),
  ])('by an id like %j (GEN-03)', async (id) => {
    const history = await start()
    await history.sendEach('track', under('e1', id), withBoth('e2', id, id))
    for (const asked of [id, `$device:${id}`]) {
      expect(await history.user(asked)).toMatchObject({
        distinct_id: id,
        distinct_ids: [{ id }, { id: `$device:${id}` }],
        events: { count: 2 },
      })
    }
  })

  it.each(['nobody', '$device:D2', 'u1', 'U1 ', 'U%00'])('404 for %j, never seen (DEC-04)', async (id) => {
    const history = await start()
    await history.sendEach('track', withBoth('e1', 'D1', 'U1'))
    const answer = await history.get(`users/${encodeURIComponent(id)}`)
    expect(answer.statusCode).toBe(404)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect((await server.send({ url: '/_twin/projects/none/users/U1' })).statusCode).toBe(404)
  })

  it.each<[string, string, readonly Sent[], string, Readonly<Record<string, string>>]>([
    ['IDS-03', 'simplified', [withBoth('e1', 'D1', 'U1')], 'U1', { U1: 'user', '$device:D1': 'device' }],
    ['IDS-02', 'simplified', [onDevice('e1', 'D1')], '$device:D1', { '$device:D1': 'device' }],
    [
      'IDO-14',
      'original',
      [under('e1', 'U1'), identify(A1, 'U1'), alias('k', 'U1'), merge('x', 'k')],
      'U1',
      { U1: 'identified', [A1]: 'anonymous', k: 'alias', x: 'id' },
    ],
    [
      'IDL-01',
      'legacy',
      [under('e1', '12345'), alias('sally', '12345')],
      '12345',
      { '12345': 'id', sally: 'alias' },
    ],
  ])('%s: the roles of ids in %s', async (_rule, mode, sent, id, roles) => {
    const history = await start(mode)
    await history.sendEach(mode === 'original' ? 'import' : 'track', ...sent)
    const user = await history.user(id)
    expect(user?.distinct_ids[0]?.id).toBe(user?.distinct_id)
    expect(Object.fromEntries(user?.distinct_ids.map((own) => [own.id, own.role]) ?? [])).toEqual(roles)
  })

  it('what linked a device (IDS-03)', async () => {
    const history = await start()
    await history.sendEach(
      'track',
      onDevice('e1', 'D1'),
      withBoth('sign up', 'D1', 'U1'),
      withBoth('e3', 'D1', 'U1'),
    )
    const linked_by = { event: 'sign up', insert_id: 'i-1', rule: 'IDS-03' }
    expect(await history.user('U1')).toMatchObject({
      distinct_ids: [
        { id: 'U1', role: 'user', linked_at: null, linked_by: null },
        { id: '$device:D1', role: 'device', linked_at: AT, linked_by },
      ],
      merges: [{ at: AT, ...linked_by, from: '$device:D1', to: 'U1', canonical: 'U1' }],
      refused: [],
    })
  })

  it('what linked the ids of a cluster (IDO-04, IDO-14, IDO-20)', async () => {
    const history = await start('original')
    await history.sendEach('import', under('e1', 'U1'), identify(A1, 'U1'), alias('k', 'U1'), under('e2', A2))
    await history.sendEach('import', merge(A2, 'k'))
    const user = await history.user(A2)
    const rules = Object.fromEntries(
      user?.distinct_ids.map(({ id, linked_by }) => [id, linked_by?.rule]) ?? [],
    )
    expect(rules).toEqual({ U1: undefined, [A1]: 'IDO-04', k: 'IDO-14', [A2]: 'IDO-20' })
    expect(user?.merges.map((own) => [own['event'], own['rule'], own['canonical'], own['absorbed']])).toEqual(
      [
        ['$identify', 'IDO-04', 'U1', A1],
        ['$create_alias', 'IDO-14', 'U1', 'k'],
        ['$merge', 'IDO-20', 'U1', A2],
      ],
    )
  })

  it('an id that has no event but a link (IDO-04)', async () => {
    const history = await start('original')
    await history.sendEach('track', under('e1', 'U1'), identify(A1, 'U1'))
    expect(await history.user(A1)).toMatchObject({ distinct_id: 'U1', events: { count: 2 } })
  })

  it.each<[string, string, readonly Sent[], string, readonly string[]]>([
    [
      'IDS-07',
      'simplified',
      [withBoth('e1', 'D1', 'U1'), withBoth('e2', 'D1', 'U2')],
      'U2',
      ['identity.device_already_assigned'],
    ],
    [
      'IDS-21',
      'simplified',
      [withBoth('e1', 'D1', 'U1'), alias('k', 'U1'), identify('$device:D1', 'U1')],
      '$device:D1',
      ['identity.alias_noop_simplified', 'identity.identify_noop'],
    ],
    ['IDO-07', 'original', [under('e1', 'U1'), identify('x', 'U1')], 'U1', ['identity.anon_not_guid']],
    ['IDO-15', 'original', [alias('k', 'U1'), alias('k', 'U2')], 'U1', ['identity.alias_exists']],
    ['IDL-03', 'legacy', [alias('k', 'U1'), alias('k', 'U2')], 'U2', ['identity.alias_ignored_legacy']],
  ])('%s: what was refused to a user of %s', async (_rule, mode, sent, id, codes) => {
    const history = await start(mode)
    await history.sendEach('track', ...sent)
    expect((await history.user(id))?.refused.map((verdict) => verdict.code)).toEqual(codes)
  })

  it('what its records were told: errors and warnings, the newest first, the same ones counted (DEC-04, VRD-01)', async () => {
    const history = await start()
    const first = under('e1', 'U1')
    const old: Sent = ['old', { distinct_id: 'U1', time: NOW_S - 90 * 86_400 }]
    await history.sendEach('track', first, alias('k', 'U1'), alias('k', 'U1'), old, alias('k', 'U2'))
    await history.sendEach('track', identify('D1', 'U1'))
    const user = await history.user('U1')
    expect(user?.problems.map(({ count, newest }) => [count, newest.code])).toEqual([
      [1, 'time.too_old_for_track'],
      [2, 'identity.alias_noop_simplified'],
    ])
    expect(user?.summary).toBe('U1 and k are two users: $create_alias does nothing in Simplified ID Merge.')
    expect(user?.refused.map((verdict) => verdict.between)).toEqual([
      ['U1', 'k'],
      ['U1', 'k'],
      ['U1', '$device:D1'],
    ])
  })

  it('what is no refusal is not among them (IDS-13)', async () => {
    const history = await start()
    await history.sendEach('track', ['e1', { distinct_id: 'x', $user_id: 'U1' }])
    expect(await history.codes()).toEqual(['identity.distinct_id_overridden'])
    expect((await history.user('U1'))?.refused).toEqual([])
  })
})
