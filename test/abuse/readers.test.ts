import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cloneDatabase } from '../support/database.ts'
import { basic } from '../support/server.ts'
import { until } from '../support/server-process.ts'
import { type AttackedServer, MAX_WAIT_MS, startAttackedServer } from './attacked-server.ts'

/* Readers of one project, who ask for more than there is, against all others. */

interface Project {
  readonly token: string
  readonly secret: string
}

let database: Awaited<ReturnType<typeof cloneDatabase>>
let server: AttackedServer
let client: pg.Client
beforeAll(async () => {
  database = await cloneDatabase()
  server = await startAttackedServer({ DATABASE_URL: database.connectionString })
  client = new pg.Client({ connectionString: database.connectionString })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await server.close()
  await database.drop()
})

const TODAY = new Date().toISOString().slice(0, 10)
const DAYS = `from_date=${TODAY}&to_date=${TODAY}`
const QUERY = '/api/query/engage'
/** Exports look at profiles where they are asked to. */
const EXPORT = `/api/2.0/export?${DAYS}&where=${encodeURIComponent('user["a"] == 1')}`
/** Queries, and exports, of a project that are taken at once. */
const MAX_AT_ONCE = 100

async function makeProject(): Promise<Project> {
  const answer = await fetch(`${server.url}/_twin/projects`, { method: 'POST' })
  const project = (await answer.json()) as Project
  expect((await track(project)).status).toBe(200)
  return project
}

async function track({ token }: Project) {
  const event = { event: 'E', properties: { token, distinct_id: 'u' } }
  const headers = { 'content-type': 'application/json' }
  return await fetch(`${server.url}/track`, { method: 'POST', headers, body: JSON.stringify([event]) })
}

async function read({ secret }: Project, path: string, signal?: AbortSignal) {
  const answer = await fetch(`${server.url}${path}`, {
    headers: basic(secret),
    ...(signal && { signal }),
  })
  return { status: answer.status, text: await answer.text() }
}

/** Runs `body` while whoever looks at a profile waits; `areWaiting` tells how many statements do. */
async function whileProfilesAreLocked(body: (areWaiting: () => Promise<number>) => Promise<void>) {
  await client.query('begin')
  await client.query('lock table profile in access exclusive mode')
  const waiting = `select count(*)::integer as n from pg_locks
    join pg_database on pg_database.oid = pg_locks.database
    where not granted and relation = 'profile'::regclass and datname = current_database()`
  try {
    await body(async () => (await client.query<{ n: number }>(waiting)).rows[0]?.n ?? 0)
  } finally {
    await client.query('rollback')
  }
}

const statuses = async (all: readonly Promise<{ readonly status: number }>[]) =>
  new Set((await Promise.all(all)).map(({ status }) => status))

it('as many readers of one project as there may be hold up nobody else, and are all answered', async () => {
  const [greedy, other] = [await makeProject(), await makeProject()]
  const reads: ReturnType<typeof read>[] = []
  const shown: Promise<Response>[] = []
  await whileProfilesAreLocked(async (areWaiting) => {
    for (let n = 0; n < MAX_AT_ONCE; n++) reads.push(read(greedy, QUERY), read(greedy, EXPORT))
    for (let n = 0; n < 50; n++) shown.push(fetch(`${server.url}/_twin/projects/${greedy.token}/users/u`))
    await until('two of each kind', () => areWaiting().then((count) => count === 4))
    const own = `/_twin/projects/${other.token}`
    const routes = ['/_twin/ready', '/_twin/projects', own, `${own}/events`, `${own}/verdicts/counts`]
    const ask = async () => {
      for (const path of [QUERY, EXPORT]) expect((await read(greedy, path)).status).toBe(429)
      const counted = await read(other, `/api/query/segmentation?event=E&${DAYS}`)
      expect([counted.status, counted.text]).toEqual([200, expect.stringContaining(`"${TODAY}":1`)])
      expect((await read(other, `/api/2.0/export?${DAYS}`)).status).toBe(200)
      for (const path of [...routes, `${own}/wait?event=E`]) {
        expect([path, (await fetch(`${server.url}${path}`)).status]).toEqual([path, 200])
      }
      expect((await track(greedy)).status).toBe(200)
    }
    expect((await server.longestWait(ask)).workMs).toBeLessThan(MAX_WAIT_MS)
    expect(await areWaiting()).toBe(4)
  })
  expect(await statuses(reads)).toEqual(new Set([200]))
  expect(await statuses(shown)).toEqual(new Set([200]))
})

it('many projects that ask for more than there is wait for each other, and are all answered', async () => {
  const projects = await Promise.all(Array.from({ length: 8 }, makeProject))
  const reads: ReturnType<typeof read>[] = []
  await whileProfilesAreLocked(async (areWaiting) => {
    for (const project of projects) for (let n = 0; n < 20; n++) reads.push(read(project, QUERY))
    await until('all connections to be in use', () => areWaiting().then((count) => count === 4))
    expect((await fetch(`${server.url}/_twin/ready`)).status).toBe(200)
  })
  expect(await statuses(reads)).toEqual(new Set([200]))
})

it('readers who go take their statements with them, and leave their places to others', async () => {
  const project = await makeProject()
  await whileProfilesAreLocked(async (areWaiting) => {
    const gone = new AbortController()
    const left = Array.from({ length: MAX_AT_ONCE }, () =>
      read(project, QUERY, gone.signal).catch(() => 'gone'),
    )
    await until('two to run', () => areWaiting().then((count) => count === 2))
    gone.abort()
    expect(new Set(await Promise.all(left))).toEqual(new Set(['gone']))
    await until('nobody to run', () => areWaiting().then((count) => count === 0))
    const next = [read(project, QUERY), read(project, QUERY)]
    await until('two others to run', () => areWaiting().then((count) => count === 2))
    await client.query('rollback')
    expect(await statuses(next)).toEqual(new Set([200]))
  })
  const { stderr } = server.process
  expect(stderr()).not.toContain('unexpected error')
  expect(stderr()).not.toContain('cannot be reached')
})
