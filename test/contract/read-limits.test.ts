import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, startServer, type TestProject, type TestServer, trackJson } from '../support/server.ts'

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

const pathOf = (url: string) => url.split('?', 1)[0]

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
  it('RTL-07: without a setting there is no limit', async () => {
    const project = await server.createProject()
    expect(new Set(await statuses(project, EXPORT, 70))).toEqual(new Set([200]))
    expect(new Set(await statuses(project, '/api/query/engage', 70))).toEqual(new Set([200]))
  })

  it.each(QUERIES)('RTL-02, RTL-07: %s counts with all queries, in their form', async (url) => {
    const project = await server.createProject({ settings: { queries_per_hour: 2 } })
    expect(await statuses(project, '/api/query/engage', 1)).toEqual([200])
    expect(await statuses(project, url, 1)).toEqual([200])
    const answer = await read(project, url)
    expect([answer.statusCode, answer.headers['retry-after'], answer.body]).toEqual([
      429,
      undefined,
      `{"request":"${pathOf(url)}","error":"rate limit exceeded"}`,
    ])
    expect(await statuses(project, EXPORT, 1)).toEqual([200])
    server.clock.nowMs += HOUR_MS
    expect(await statuses(project, url, 1)).toEqual([200])
  })

  it.each([
    ['exports_per_hour', HOUR_MS],
    ['exports_per_second', 1_000],
  ])('QRY-09, RTL-03, RTL-07: %s, in plain text', async (name, windowMs) => {
    const project = await server.createProject({ settings: { [name]: 3 } })
    expect(await statuses(project, EXPORT, 3)).toEqual([200, 200, 200])
    const answer = await read(project, EXPORT)
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      429,
      'text/plain',
      'rate limit exceeded',
    ])
    expect(answer.headers['retry-after']).toBeUndefined()
    expect(await statuses(project, '/api/query/engage', 1)).toEqual([200])
    server.clock.nowMs += windowMs
    expect(await statuses(project, EXPORT, 1)).toEqual([200])
  })

  it('RTL-07: the header has the code of the advice', async () => {
    const project = await server.createProject({ settings: { queries_per_hour: 1, exports_per_hour: 1 } })
    for (const url of ['/api/query/engage', EXPORT]) {
      await read(project, url)
      expect((await read(project, url)).headers['twinpanel-verdict']).toBe('1; limit.rate')
    }
  })

  it('RTL-02, RTL-03: what is refused counts, what is not let in does not', async () => {
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
    ['concurrent_queries', 'profile', '/api/query/engage'],
    ['concurrent_exports', 'event', EXPORT],
  ])('RTL-02, RTL-03: %s', async (name, table, url) => {
    const project = await server.createProject({ settings: { [name]: 2 } })
    const other = await server.createProject({ settings: { [name]: 1 } })
    const started: ReturnType<typeof read>[] = []
    await whileLocked(table, async (areWaiting) => {
      started.push(read(project, url), read(project, url))
      await areWaiting(2)
      expect((await read(project, url)).statusCode).toBe(429)
      started.push(read(other, url))
      await areWaiting(3)
    })
    const answers = await Promise.all(started)
    expect(answers.map((own) => own.statusCode)).toEqual([200, 200, 200])
    expect(await statuses(project, url, 3)).toEqual([200, 200, 200])
  })

  it('RTL-02: a reset meanwhile lets no more in', async () => {
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
  it('GEN-01: reads that wait keep nothing that is sent from being stored', async () => {
    const project = await server.createProject()
    const started: ReturnType<typeof read>[] = []
    await whileLocked('profile', async (areWaiting) => {
      for (let n = 0; n < 20; n++) started.push(read(project, '/api/query/engage'))
      await areWaiting(3)
      const properties = { token: project.token, distinct_id: 'u' }
      const sent = await server.send(trackJson([{ event: 'E', properties }]))
      expect([sent.statusCode, sent.body]).toEqual([200, '1'])
    })
    // On a slow machine some have waited too long for a connection, and are told so.
    for (const answer of await Promise.all(started)) expect([200, 503]).toContain(answer.statusCode)
    expect(await server.readEvents(project.token)).toHaveLength(1)
  })

  it.each([
    ['profile', '/api/query/engage'],
    ['event', `/api/query/segmentation?event=E&${DAYS}`],
    ['event', EXPORT],
  ])(
    'QRY-07, QRY-12: a question about %s that takes too long is given up, and it is told: %s',
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
      expect(answer?.statusCode).toBe(504)
      expect(answer?.body).toBe(url === EXPORT ? text : JSON.stringify({ request: pathOf(url), error: text }))
    },
  )
})

describe('regions', () => {
  it.each(QUERIES)('QRY-19, SEC-07: %s of another region', async (url) => {
    const project = await server.createProject({ settings: { region: 'eu' } })
    const answer = await read(project, url, { host: 'mixpanel.com' })
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      {
        request: pathOf(url),
        error: 'request failed with error: invalid project id for cluster.',
      },
    ])
    expect((await read(project, url, { host: 'eu.mixpanel.com' })).statusCode).toBe(200)
  })

  it('QRY-19: an export of another region is refused in plain text', async () => {
    const project = await server.createProject({ settings: { region: 'in' } })
    const answer = await read(project, EXPORT, { host: 'data-eu.mixpanel.com' })
    expect([answer.statusCode, answer.body]).toEqual([
      400,
      'request failed with error: invalid project id for cluster.',
    ])
    expect((await read(project, EXPORT, { host: 'data-in.mixpanel.com' })).statusCode).toBe(200)
  })
})
