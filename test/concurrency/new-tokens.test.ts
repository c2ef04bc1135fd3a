import { afterAll, beforeAll, expect, it } from 'vitest'
import { NOW_S, type SharedServers, startSharedServers, trackJson } from '../support/server.ts'

/* DEC-05: eight servers on one database make projects of new tokens at once, and no more than the bounds say. */

const SERVERS = 8
const IN_ALL = 300

let servers: SharedServers
beforeAll(async () => {
  const tokenBounds = { perMinute: 1_000_000, inAll: IN_ALL }
  servers = await startSharedServers(SERVERS, { unknownTokens: 'create', tokenBounds })
})
afterAll(() => servers.close())

const event = (token: string) => ({ event: 'E', properties: { token, distinct_id: 'u', time: NOW_S } })

async function projects(): Promise<number> {
  const { rows } = await servers.db.pool.query<{ n: number }>('select count(*)::integer as n from project')
  return rows[0]?.n ?? 0
}

it('the bound in all holds exactly; each token that two servers have makes one project (DEC-05, DEC-06)', async () => {
  // Each token is sent to two servers; 600 tokens in all.
  const sent = await Promise.all(
    servers.apps.flatMap((app, at) =>
      Array.from({ length: 30 }, async (_, n) => {
        const group = (at % 4) * 30 + n
        const tokens = Array.from({ length: 5 }, (_own, k) => `t-${group}-${k}`)
        const answer = await app.inject(trackJson(tokens.map(event)))
        expect([answer.statusCode, answer.body]).toEqual([200, '1'])
        const told = String(answer.headers['twinpanel-verdict'] ?? '0')
        return { tokens, dropped: Number.parseInt(told, 10) }
      }),
    ),
  )
  expect(await projects()).toBe(IN_ALL)
  // What was answered without a verdict is stored: each record went to a project, or was told to be dropped.
  const dropped = sent.reduce((sum, own) => sum + own.dropped, 0)
  const { rows } = await servers.db.pool.query<{ n: number }>('select count(*)::integer as n from event')
  expect((rows[0]?.n ?? 0) + dropped).toBe(SERVERS * 30 * 5)
})

it('the bound of a minute holds across servers, but for what time gives back meanwhile (DEC-05)', async () => {
  const own = await startSharedServers(SERVERS, {
    unknownTokens: 'create',
    tokenBounds: { perMinute: 60, inAll: 1_000 },
  })
  const beganMs = performance.now()
  await Promise.all(
    own.apps.flatMap((app, at) =>
      Array.from({ length: 10 }, (_, n) =>
        app.inject(trackJson([0, 1, 2].map((k) => event(`${at}-${n}-${k}`)))),
      ),
    ),
  )
  const seconds = (performance.now() - beganMs) / 1_000
  const { rows } = await own.db.pool.query<{ n: number }>('select count(*)::integer as n from project')
  await own.close()
  expect(rows[0]?.n).toBeGreaterThanOrEqual(60)
  expect(rows[0]?.n).toBeLessThanOrEqual(60 + Math.ceil(seconds))
})

it('a request that is judged again makes no more projects than one that is judged once (DEC-05)', async () => {
  const pair = await startSharedServers(2, { unknownTokens: 'create' })
  const [first, second] = pair.apps
  const { token } = await pair.createProject()
  const known = trackJson([event(token)])
  await second?.inject(known)
  // The second server remembers the project as it was: its commit is refused, and it judges again.
  const payload = JSON.stringify({ name: 'Another' })
  const headers = { 'content-type': 'application/json' }
  const changed = await first?.inject({ method: 'PATCH', url: `/_twin/projects/${token}`, headers, payload })
  expect(changed?.statusCode).toBe(200)
  const tokens = Array.from({ length: 25 }, (_, n) => `new-${n}`)
  const answer = await second?.inject(trackJson([token, ...tokens].map(event)))
  expect([answer?.body, answer?.headers['twinpanel-verdict']]).toEqual(['1', '5; token.too_many_new'])
  const { rows } = await pair.db.pool.query<{ n: number }>('select count(*)::integer as n from project')
  await pair.close()
  expect(rows[0]?.n).toBe(21)
})

it('two servers with the same new tokens in opposite order make them all (DEC-05, DEC-06)', async () => {
  const pair = await startSharedServers(2, { unknownTokens: 'create' })
  for (let round = 0; round < 20; round++) {
    const tokens = Array.from({ length: 20 }, (_, n) => `opposite-${round}-${n}`)
    const created = pair.apps.map((app, at) =>
      app.inject(trackJson((at === 0 ? tokens : tokens.toReversed()).map(event))),
    )
    // The API creates a project at the same time, which takes no part in the lock of the counts.
    const payload = JSON.stringify({ token: tokens[10] })
    const headers = { 'content-type': 'application/json' }
    const added = pair.apps[0]?.inject({ method: 'POST', url: '/_twin/projects', headers, payload })
    for (const answer of await Promise.all(created)) {
      expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([200, undefined])
    }
    expect([201, 409]).toContain((await added)?.statusCode)
  }
  const { rows } = await pair.db.pool.query<{ n: number }>('select count(*)::integer as n from project')
  await pair.close()
  expect(rows[0]?.n).toBe(400)
})
