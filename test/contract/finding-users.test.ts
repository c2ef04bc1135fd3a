import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { A1, alias, History, identify, onDevice, under, withBoth } from '../support/identity.ts'
import { NOW_S, startServer, type TestServer } from '../support/server.ts'

/* Users by any part of an id, name, e-mail address or phone number, and by their last event (DEC-04). */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

interface Page {
  readonly users: readonly { readonly distinct_id: string; readonly last_seen: string | null }[]
  readonly next: string | null
}

/** All pages of a list, and how many there were. */
async function list(history: History, query: Readonly<Record<string, string>>, limit = 100) {
  const users: Page['users'][number][] = []
  let after: string | null = ''
  for (let pages = 1; pages < 100; pages += 1) {
    const params = new URLSearchParams({ ...query, limit: String(limit), ...(after && { after }) })
    const page: Page = (await history.get(`users?${params}`)).json()
    users.push(...page.users)
    after = page.next
    if (after === null) return { ids: users.map((user) => user.distinct_id), users, pages }
  }
  throw new Error('the pages do not end')
}

async function setProfile({ project }: History, id: string, set: object): Promise<void> {
  const payload = [{ $token: project.token, $distinct_id: id, $set: set }]
  const answer = await server.send({ method: 'POST', url: '/engage', payload })
  expect(answer.statusCode).toBe(200)
}

/** charlie and taylor have devices, robin has a name in two parts; lonely and nobody have events, or a profile, alone. */
async function startWithUsers(): Promise<History> {
  const history = await History.start(server, 'simplified')
  await history.batch('import', onDevice('e1', 'D1'), withBoth('e2', 'D1', 'charlie'))
  await history.batch('import', withBoth('e3', 'Tablet_5%', 'taylor'), under('e4', 'lonely'), under('e5', ''))
  await history.batch('import', under('e6', 'robin'), onDevice('e7', 'D1'))
  await setProfile(history, 'charlie', { $name: 'Émile C', $email: 'c@example.com', $phone: '+6512345678' })
  await setProfile(history, 'robin', { $first_name: 'Robin', $last_name: 'Hood', plan: 'secret' })
  await setProfile(history, 'nobody', { $name: 'No Events' })
  return history
}

describe('the last seen', () => {
  it('come first, users without events last, and pages of any size have each once (DEC-04)', async () => {
    const history = await startWithUsers()
    const expected = ['charlie', 'robin', 'lonely', 'taylor', 'nobody']
    for (const limit of [1, 2, 3, 4, 5, 1_000]) {
      const { ids, users, pages } = await list(history, { order: 'last_seen' }, limit)
      expect(ids).toEqual(expected)
      expect(pages).toBeLessThanOrEqual(6)
      expect(users.map((user) => user.last_seen)).toEqual([6, 5, 3, 2].map(timeOf).concat([null]))
    }
  })

  it('are found behind thousands of events of one user (DEC-04)', async () => {
    const history = await History.start(server, 'simplified')
    await history.batch('import', withBoth('old', 'D1', 'patient'))
    const busy = Array.from({ length: 2_000 }, (_, n) => under(`e${n}`, 'busy'))
    for (let n = 0; n < 3; n += 1) await history.batch('import', ...busy)
    for (const limit of [1, 10]) {
      expect((await list(history, { order: 'last_seen' }, limit)).ids).toEqual(['busy', 'patient'])
    }
  })

  it.each([
    ['original', ['U2', 'U1', 'unused']],
    ['legacy', ['U2', 'k', 'U1', 'unused']],
  ])('are the users of %s (IDO-04, IDL-02)', async (mode, expected) => {
    const history = await History.start(server, mode)
    await history.sendEach('track', under('e1', 'U1'), under('e2', 'k'), alias('k', 'U1'), under('e3', 'U2'))
    await setProfile(history, 'unused', { plan: 'free' })
    const ids = (await list(history, { order: 'last_seen' })).ids
    expect(ids.toSorted()).toEqual(expected.toSorted())
    expect(ids.at(-1)).toBe('unused')
    expect((await list(history, { order: 'last_seen' }, 1)).ids).toEqual(ids)
  })
})

/** The time of the nth event of a history. */
const timeOf = (n: number): string | null => new Date((NOW_S - 3_000 + n) * 1_000).toISOString()

describe('a search', () => {
  it.each([
    ['charlie', ['charlie']],
    ['HARL', ['charlie']],
    ['$device:d1', ['charlie']],
    ['tablet', ['taylor']],
    ['t_5%', ['taylor']],
    ['%', ['taylor']],
    ['émile', ['charlie']],
    ['ÉMILE', ['charlie']],
    ['EXAMPLE.com', ['charlie']],
    ['+65123', ['charlie']],
    ['345678', ['charlie']],
    ['robin hood', ['robin']],
    ['hood', ['robin']],
    ['ro', ['robin']],
    ['nobody', ['nobody']],
    ['lonely ', ['lonely']],
    ['l', ['charlie', 'lonely', 'taylor']],
    ['secret', []],
    ['e.*', []],
    ['\\', []],
    ["'", []],
  ])('for %j finds %j (DEC-04)', async (search, expected) => {
    const history = await shared()
    expect((await list(history, { search, order: 'last_seen' })).ids).toEqual(expected)
    for (const limit of [1, 2]) {
      expect((await list(history, { search, order: 'last_seen' }, limit)).ids).toEqual(expected)
      expect((await list(history, { search }, limit)).ids).toEqual(expected.toSorted())
    }
  })

  it('finds the user that an id has been joined to, not the id (IDO-04)', async () => {
    const history = await History.start(server, 'original')
    await history.sendEach('track', under('e1', A1), identify(A1, 'kim'), alias('kim@x.io', 'kim'))
    const all = await list(history, {})
    for (const search of [A1.slice(9), 'KIM', '@x.io']) {
      expect((await list(history, { search })).ids).toEqual(all.ids)
    }
    expect(all.ids).toHaveLength(1)
  })

  it('does not find a profile that a merge has hidden (IDS-28)', async () => {
    const history = await History.start(server, 'simplified')
    await setProfile(history, '$device:D1', { $name: 'Hidden' })
    await history.sendEach('track', withBoth('e1', 'D1', 'U1'))
    expect((await list(history, { search: 'hidden' })).ids).toEqual([])
    expect((await list(history, { search: 'd1' })).ids).toEqual(['U1'])
  })

  it.each([
    'search='.padEnd(300, 'x'),
    'order=newest',
    'after=!',
    'order=last_seen&after=YQ',
    'after=YQ&after=YQ',
  ])('%s is a bad question (DEC-04)', async (query) => {
    const answer = await (await shared()).get(`users?${query}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })
})

let started: Promise<History> | undefined
/** One project for the searches, which change nothing. */
function shared(): Promise<History> {
  started ??= startWithUsers()
  return started
}
