import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { pruneVerdicts } from '../../src/store/verdicts.ts'
import { NOW_MS, NOW_S, startServer, type TestServer, trackJson } from '../support/server.ts'

/* The verdicts of no project are everybody's: whoever sends floods of them pushes out nobody else's. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.db.pool.query('delete from verdict')
  // A flood of an earlier test is over.
  server.clock.nowMs += 3_600_000
})

const event = (token: string, more = {}) => ({
  event: 'E',
  properties: { token, distinct_id: 'u', time: NOW_S, ...more },
})
const times = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n))

async function send(remoteAddress: string, records: unknown): Promise<void> {
  expect((await server.send({ ...trackJson(records), remoteAddress })).statusCode).toBe(200)
}

async function shown(query = ''): Promise<readonly { code: string; message: string; record: unknown }[]> {
  return (await server.send({ url: `/_twin/verdicts/unrouted?limit=1000${query}` })).json().verdicts
}

it('survive fourteen thousand of another sender, each with a token of its own (VRD-01)', async () => {
  await send('127.0.0.1', [event('my-typo')])
  for (let n = 0; n < 7; n++) {
    await send(
      '127.0.0.2',
      times(2_000, (k) => event(`flood-${n}-${k}`, { x: 'x'.repeat(3_000) })),
    )
  }
  await send('127.0.0.3', [event('another-typo')])
  const [first] = await shown()
  expect(first).toMatchObject({ code: 'token.unknown', record: event('my-typo') })
  expect((await shown('&order=newest'))[0]).toMatchObject({ record: event('another-typo') })
  const { rows } = await server.db.pool.query(
    'select count(*)::integer as n, max(length(record)) as longest, max(cardinality(ids)) as ids from verdict',
  )
  expect(rows).toEqual([{ n: 1_002, longest: expect.any(Number), ids: 0 }])
  expect(rows[0].longest).toBeLessThan(2_048)
})

it('of one sender and one token are kept a hundred a commit, with what else it sent (VRD-01)', async () => {
  await send('127.0.0.1', [...times(1_900, () => event('same')), ...times(100, (n) => event(`own-${n}`))])
  const messages = new Set((await shown()).map(({ message }) => message))
  expect(messages.size).toBe(101)
  expect(await shown()).toHaveLength(200)
})

it('are pruned fairly: of the sender that has most, of its code that has most, the oldest (VRD-01)', async () => {
  const insert = `
    insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids, sender)
    select 0, $1, '/track', 'dropped', $2, 'error', jsonb_build_object('token', $3::text || n), '{}', $4
    from generate_series(1, $5) as n`
  const put = async (sender: string | null, code: string, token: string, count: number, atMs = NOW_MS) => {
    await server.db.pool.query(insert, [atMs, code, token, sender, count])
  }
  await put('b', 'token.unknown', 'rare', 3)
  await put('a', 'payload.undecodable', 'x', 5)
  await put(null, 'token.unknown', 'of-an-earlier-version', 4)
  await put('c', 'token.unknown', 'old', 2, NOW_MS - 1_000)
  await put('a', 'token.unknown', 'flood', 500)
  await pruneVerdicts(server.db, 0, 100, NOW_MS - 500)
  const { rows } = await server.db.pool.query(
    `select sender, code, count(*)::integer as n, min((finding_values ->> 'token')) as first from verdict
     group by sender, code order by sender, code`,
  )
  expect(rows).toMatchObject([
    { sender: 'a', code: 'payload.undecodable', n: 5 },
    { sender: 'a', code: 'token.unknown', n: 86 },
    { sender: 'b', code: 'token.unknown', n: 3 },
    { sender: null, code: 'token.unknown', n: 4 },
  ])
  const kept = await shown('&code=token.unknown&order=newest')
  expect(kept[0]?.message).toContain('flood500')
})

it('a hundred of one sender, code and token stay, whatever room there is (VRD-01)', async () => {
  for (let n = 0; n < 3; n++) {
    await server.db.pool.query(
      `insert into verdict (project_id, received_at_ms, endpoint, outcome, code, severity, finding_values, ids, sender)
       select 0, $1, '/track', 'dropped', 'token.unknown', 'error', '{"token":"t"}', '{}', 's'
       from generate_series(1, 70)`,
      [NOW_MS],
    )
  }
  await pruneVerdicts(server.db, 0, 10_000, 0)
  expect(await shown()).toHaveLength(100)
})
