import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  basic,
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/* How often, and how many at a time, a project may be read; and from which region (RTL-02, RTL-03, QRY-19). */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const DAYS = 'from_date=2026-08-20&to_date=2026-08-20'
const EXPORT = `/api/2.0/export?${DAYS}`
const QUERIES = [
  '/api/query/engage',
  '/api/2.0/engage',
  `/api/query/stream/query?distinct_ids=["u"]&${DAYS}`,
  `/api/2.0/stream/query?distinct_ids=["u"]&${DAYS}`,
]
const HOUR_MS = 3_600_000

async function read({ secret }: TestProject, url: string, headers: Record<string, string> = {}) {
  return await server.send({ url: encodeURI(url), headers: { ...basic(secret), ...headers } })
}

async function statuses(project: TestProject, url: string, count: number): Promise<readonly number[]> {
  const all: number[] = []
  for (let n = 0; n < count; n++) all.push((await read(project, url)).statusCode)
  return all
}

const HELP =
  'For more information, please consult our documentation at ' +
  'https://help.mixpanel.com/hc/en-us/articles/115004602563-Rate-Limits-for-Export-API-Endpoints'
const usedUp = (project: TestProject, atOnce: string, perHour: string) =>
  `Query rate limit exceeded for project_id: ${project.project_id}. ${atOnce} queries running concurrently and ${perHour} queries running in the last hour. ${HELP}`

/** Who waits for a table; a clone of the database that other tests use has tables of the same number. */
const WAITING = `from pg_locks join pg_database on pg_database.oid = pg_locks.database
  where not granted and relation = $1::regclass and datname = current_database()`

/** Runs `body` while nobody can read a table, with a way to wait until so many try. */
async function whileLocked(
  table: string,
  body: (areWaiting: (count: number) => Promise<void>) => Promise<void>,
) {
  const client = await server.db.pool.connect()
  try {
    await client.query('begin')
    await client.query(`lock table ${table} in access exclusive mode`)
    await body(async (count) => {
      const waiting = `select count(*)::integer as n ${WAITING}`
      while ((await client.query<{ n: number }>(waiting, [table])).rows[0]?.n !== count);
    })
  } finally {
    await client.query('rollback')
    client.release()
  }
}

describe('rates', () => {
  it('without a setting there is no limit on how often (RTL-07)', async () => {
    const project = await server.createProject()
    expect(new Set(await statuses(project, EXPORT, 70))).toEqual(new Set([200]))
    expect(new Set(await statuses(project, '/api/query/engage', 70))).toEqual(new Set([200]))
  })

  it.each(QUERIES)('%s counts with all queries, in their form (RTL-02, RTL-07)', async (url) => {
    const project = await server.createProject({ settings: { queries_per_hour: 2 } })
    expect(await statuses(project, '/api/query/engage', 1)).toEqual([200])
    expect(await statuses(project, url, 1)).toEqual([200])
    const answer = await read(project, url)
    expect([answer.statusCode, answer.headers['retry-after'], answer.body]).toEqual([
      429,
      '3600',
      JSON.stringify({ request: encodeURI(url), error: usedUp(project, '1/5', '3/2') }),
    ])
    expect(await statuses(project, EXPORT, 1)).toEqual([200])
    server.clock.nowMs += HOUR_MS
    expect(await statuses(project, url, 1)).toEqual([200])
  })

  it.each([
    ['exports_per_hour', HOUR_MS],
    ['exports_per_second', 1_000],
  ])('%s, in plain text (QRY-09, RTL-03, RTL-07)', async (name, windowMs) => {
    const project = await server.createProject({ settings: { [name]: 3 } })
    expect(await statuses(project, EXPORT, 3)).toEqual([200, 200, 200])
    const answer = await read(project, EXPORT)
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      429,
      'text/plain',
      'rate limit exceeded',
    ])
    expect(answer.headers['retry-after']).toBe(String(windowMs / 1_000))
    expect(await statuses(project, '/api/query/engage', 1)).toEqual([200])
    server.clock.nowMs += windowMs
    expect(await statuses(project, EXPORT, 1)).toEqual([200])
  })

  it('the header has the code of the advice (RTL-07)', async () => {
    const project = await server.createProject({ settings: { queries_per_hour: 1, exports_per_hour: 1 } })
    for (const url of ['/api/query/engage', EXPORT]) {
      await read(project, url)
      expect((await read(project, url)).headers['twinpanel-verdict']).toBe('1; limit.rate')
    }
  })

  it('what is refused counts, what is not let in does not (RTL-02, RTL-03)', async () => {
    const settings = { queries_per_hour: 2, exports_per_hour: 2 }
    const project = await server.createProject({ settings })
    for (const url of ['/api/query/engage?page=1', '/api/2.0/export']) {
      for (let n = 0; n < 3; n++) {
        expect((await server.send({ url, headers: basic(project.token) })).statusCode).toBe(401)
      }
      expect(await statuses(project, url, 3)).toEqual([400, 400, 429])
    }
  })
})

describe('at a time', () => {
  it.each([
    ['concurrent_queries', 'profile', '/api/query/engage', 2],
    // The exports of a project take turns.
    ['concurrent_exports', 'event', EXPORT, 1],
  ])('%s (RTL-02, RTL-03)', async (name, table, url, running) => {
    const project = await server.createProject({ settings: { [name]: 2 } })
    const other = await server.createProject({ settings: { [name]: 1 } })
    const started: ReturnType<typeof read>[] = []
    await whileLocked(table, async (areWaiting) => {
      started.push(read(project, url), read(project, url))
      await areWaiting(running)
      const refused = await read(project, url)
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '10'])
      const told =
        url === EXPORT ? 'rate limit exceeded' : { request: url, error: usedUp(project, '3/2', '3/60') }
      expect(url === EXPORT ? refused.body : refused.json()).toEqual(told)
      started.push(read(other, url))
      await areWaiting(running + 1)
    })
    const answers = await Promise.all(started)
    expect(answers.map((own) => own.statusCode)).toEqual([200, 200, 200])
    expect(await statuses(project, url, 3)).toEqual([200, 200, 200])
  })

  it('a reset meanwhile lets no more in (RTL-02)', async () => {
    const project = await server.createProject({ settings: { concurrent_queries: 1 } })
    const started: ReturnType<typeof read>[] = []
    await whileLocked('profile', async (areWaiting) => {
      started.push(read(project, '/api/query/engage'))
      await areWaiting(1)
      const reset = { method: 'POST', url: `/_twin/projects/${project.token}/reset` } as const
      expect((await server.send(reset)).statusCode).toBe(204)
      expect((await read(project, '/api/query/engage')).statusCode).toBe(429)
    })
    expect((await Promise.all(started)).map((own) => own.statusCode)).toEqual([200])
  })
})

describe('when the store does not answer', () => {
  it('reads that wait keep nothing that is sent from being stored (GEN-01)', async () => {
    const project = await server.createProject()
    const started: ReturnType<typeof read>[] = []
    await whileLocked('profile', async (areWaiting) => {
      for (let n = 0; n < 20; n++) started.push(read(project, '/api/query/engage'))
      await areWaiting(2)
      const properties = { token: project.token, distinct_id: 'u' }
      const sent = await server.send(trackJson([{ event: 'E', properties }]))
      expect([sent.statusCode, sent.body]).toEqual([200, '1'])
    })
    for (const answer of await Promise.all(started)) expect(answer.statusCode).toBe(200)
    expect(await server.readEvents(project.token)).toHaveLength(1)
  })

  it('as many reads of one project as it may have hold up nobody else (RTL-02, RTL-03)', async () => {
    const [project, other] = [await server.createProject(), await server.createProject()]
    const properties = { token: other.token, distinct_id: 'u', time: NOW_S, $insert_id: 'i' }
    await server.send(trackJson([{ event: 'E', properties }]))
    const started: ReturnType<typeof read>[] = []
    const twin: ReturnType<typeof server.send>[] = []
    await whileLocked('profile', async (areWaiting) => {
      for (let n = 0; n < 100; n++) started.push(read(project, '/api/query/engage'))
      for (let n = 0; n < 40; n++) {
        twin.push(server.send({ url: `/_twin/projects/${project.token}/users/u${n}` }))
      }
      // Two of each: others of the project wait for these, and nobody for them.
      await areWaiting(4)
      const refused = await read(project, '/api/query/engage')
      expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([
        429,
        '10',
        { request: '/api/query/engage', error: usedUp(project, '101/5', '101/60') },
      ])
      expect(refused.headers['twinpanel-verdict']).toBe('1; limit.rate')
      expect((await read(other, `/api/query/segmentation?event=E&${DAYS}`)).statusCode).toBe(200)
      expect((await read(other, EXPORT)).statusCode).toBe(200)
      const own = `/_twin/projects/${other.token}`
      for (const url of [
        '/_twin/ready',
        '/_twin/projects',
        own,
        `${own}/events`,
        `${own}/verdicts`,
        `${own}/verdicts/counts`,
        `${own}/wait?event=E`,
      ]) {
        expect([url, (await server.send({ url })).statusCode]).toEqual([url, 200])
      }
    })
    expect(new Set((await Promise.all(started)).map((own) => own.statusCode))).toEqual(new Set([200]))
    expect(new Set((await Promise.all(twin)).map((own) => own.statusCode))).toEqual(new Set([404]))
  })

  it('of several projects that ask for more than there is, each has its turn (RTL-02)', async () => {
    const projects = await Promise.all(Array.from({ length: 6 }, () => server.createProject()))
    const started: ReturnType<typeof read>[] = []
    await whileLocked('profile', async (areWaiting) => {
      for (const project of projects) {
        for (let n = 0; n < 10; n++) started.push(read(project, '/api/query/engage'))
      }
      await areWaiting(4)
    })
    expect(new Set((await Promise.all(started)).map((own) => own.statusCode))).toEqual(new Set([200]))
  })

  it.each([
    ['profile', '/api/query/engage'],
    ['event', `/api/query/segmentation?event=E&${DAYS}`],
    ['event', EXPORT],
  ])(
    'a question about %s that takes too long is given up, and it is told: %s (QRY-07, QRY-12)',
    async (table, url) => {
      const project = await server.createProject()
      const started: ReturnType<typeof read>[] = []
      await whileLocked(table, async (areWaiting) => {
        started.push(read(project, url))
        await areWaiting(1)
        await server.db.pool.query(`select pg_cancel_backend(pid) ${WAITING}`, [table])
        await Promise.all(started)
      })
      const text = 'the question took too long: ask for fewer days, or with a simpler where'
      const [answer] = await Promise.all(started)
      expect(answer?.statusCode).toBe(400)
      expect(answer?.body).toBe(
        url === EXPORT ? text : JSON.stringify({ request: encodeURI(url), error: text }),
      )
    },
  )
})

describe('when all connections are in use', () => {
  const BUSY = 'the server is busy with other reads: try again in a moment'
  const TWIN_BUSY = 'The server is busy with other questions to the database. Try again in a moment.'

  it('who has waited too long is told that the server is busy, and when to come again (RTL-07, DEC-08)', async () => {
    const own = await startServer({}, { maxWaitMs: 200 })
    onTestFinished(() => own.close())
    const project = await own.createProject()
    const headers = basic(project.secret)
    const client = await own.db.pool.connect()
    await client.query('begin')
    await client.query('lock table profile, event in access exclusive mode')
    const held = [
      '/api/query/engage',
      `${EXPORT}&where=true`,
      '/_twin/projects/1/users/u',
      '/_twin/projects/1/events',
    ]
    const started = held.map((url) => own.send({ url: url.replace('/1/', `/${project.token}/`), headers }))
    const waiting = `select count(*)::integer as n ${WAITING.replace('= $1::regclass', "in ('profile'::regclass, 'event'::regclass)")}`
    while ((await client.query<{ n: number }>(waiting)).rows[0]?.n !== 4);
    const told = async (url: string) => {
      const answer = await own.send({ url: encodeURI(url), headers })
      return [answer.statusCode, answer.headers['retry-after'], answer.body]
    }
    const request = '/api/query/engage'
    expect(await told(request)).toEqual([429, '2', JSON.stringify({ request, error: BUSY })])
    expect(await told(EXPORT)).toEqual([429, '2', BUSY])
    const [status, retryAfter, body] = await told(`/_twin/projects/${project.token}/events`)
    expect([status, retryAfter, JSON.parse(String(body))]).toMatchObject([429, '2', { detail: TWIN_BUSY }])
    expect((await told('/_twin/ready'))[0]).toBe(200)
    await client.query('rollback')
    client.release()
    for (const answer of await Promise.all(started)) expect([200, 404]).toContain(answer.statusCode)
  })

  it('so is who sends, and the server is ready for others (TRK-27, DEC-08)', async () => {
    const own = await startServer({}, { connections: 1, maxWaitMs: 100 })
    onTestFinished(() => own.close())
    const { token, secret } = await own.createProject()
    const client = await own.db.pool.connect()
    const update = { $token: token, $distinct_id: 'u', $set: { a: 1 } }
    for (const request of [
      trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }]),
      trackJson([{ event: 'E', properties: { token: `${token}x`, distinct_id: 'u' } }]),
      { ...trackJson([update]), url: '/engage' },
      {
        ...importJson(token, [
          { event: 'E', properties: { time: NOW_S, distinct_id: 'u', $insert_id: 'i' } },
        ]),
        headers: basic(secret),
      },
    ]) {
      const answer = await own.send(request)
      expect([answer.statusCode, answer.headers['retry-after'], answer.json().code]).toEqual([429, '2', 429])
    }
    expect((await own.send({ url: '/_twin/ready' })).statusCode).toBe(200)
    client.release()
    const sent = await own.send(trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }]))
    expect([sent.statusCode, sent.body]).toEqual([200, '1'])
    expect(await own.readEvents(token)).toHaveLength(1)
  })
})

describe('regions', () => {
  it.each(QUERIES)('%s of another region (QRY-19, SEC-07)', async (url) => {
    const project = await server.createProject({ settings: { region: 'eu' } })
    const answer = await read(project, url, { host: 'mixpanel.com' })
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      {
        request: encodeURI(url),
        error: 'request failed with error: invalid project id for cluster.',
      },
    ])
    expect((await read(project, url, { host: 'eu.mixpanel.com' })).statusCode).toBe(200)
  })

  it('an export of another region is refused in plain text (QRY-19)', async () => {
    const project = await server.createProject({ settings: { region: 'in' } })
    const answer = await read(project, EXPORT, { host: 'data-eu.mixpanel.com' })
    expect([answer.statusCode, answer.body]).toEqual([
      400,
      'request failed with error: invalid project id for cluster.',
    ])
    expect((await read(project, EXPORT, { host: 'data-in.mixpanel.com' })).statusCode).toBe(200)
  })
})
