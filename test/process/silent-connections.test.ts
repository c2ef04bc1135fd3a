import { execFileSync } from 'node:child_process'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, expect, it } from 'vitest'
import { cloneDatabase } from '../support/database.ts'
import { initialisedDataDir } from '../support/prepared-data.ts'
import { postgresPid, ServerProcesses, until } from '../support/server-process.ts'

const servers = new ServerProcesses()
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await servers.clean()
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A proxy in front of Postgres that can drop what its connections carry without closing them. */
interface Proxy {
  readonly port: number
  /** Mutes the connections that are open now; new ones are carried. */
  mute(): void
}

async function startProxy(to: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((near) => {
    const far = net.connect(to)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  })
  const { port } = server.address() as net.AddressInfo
  const mute = () => {
    for (const socket of sockets) socket.unpipe().on('data', () => undefined)
  }
  return { port, mute }
}

it('connections that fall silent are given up, answered 503, and replaced (DEC-08)', async () => {
  const database = await cloneDatabase()
  closing.push(() => database.drop())
  const url = new URL(database.connectionString)
  const proxy = await startProxy({ host: url.hostname, port: Number(url.port) })
  url.host = `127.0.0.1:${proxy.port}`
  const server = servers.start({ DATABASE_URL: url.href, TWINPANEL_UNKNOWN_TOKENS: 'create' })
  const base = await server.url()
  const track = async (event: string) => {
    const body = JSON.stringify([
      { event, properties: { token: 'silent', distinct_id: 'u', $insert_id: event } },
    ])
    const answer = await fetch(`${base}/track`, { method: 'POST', body })
    return [answer.status, answer.headers.get('retry-after')]
  }
  // As many as make several connections of each pool.
  await Promise.all(Array.from({ length: 20 }, (_, index) => track(`before ${index}`)))
  await fetch(`${base}/_twin/projects/silent/events`)
  proxy.mute()
  const answer = track('during')
  expect((await fetch(`${base}/_twin/ready`)).status).toBe(503)
  expect(await answer).toEqual([503, '2'])
  await until('an event', async () => (await track('after'))[0] === 200)
  await until('readiness', async () => (await fetch(`${base}/_twin/ready`)).status === 200)
  const { events } = (await (await fetch(`${base}/_twin/projects/silent/events?limit=100`)).json()) as {
    events: readonly { event: string }[]
  }
  expect(events.filter(({ event }) => event === 'after')).toHaveLength(1)
  expect(server.stderr()).toContain('had fallen silent')
}, 120_000)

/** A server on a database of its own, with a project. */
async function startServer() {
  const database = await cloneDatabase()
  closing.push(() => database.drop())
  const env = { DATABASE_URL: database.connectionString, TWINPANEL_UNKNOWN_TOKENS: 'create' }
  const url = await servers.start(env).url()
  const body = JSON.stringify([{ event: 'A', properties: { token: 'slow', distinct_id: 'u' } }])
  const send = () => fetch(`${url}/track`, { method: 'POST', body }).then(({ status }) => status)
  const ready = () => fetch(`${url}/_twin/ready`).then(({ status }) => status)
  expect([await send(), await ready()]).toEqual([200, 200])
  return { send, ready, lockEvents: () => lockEvents(database.connectionString) }
}

/** Locks the table of events. Out: unlocks it. */
async function lockEvents(connectionString: string): Promise<() => Promise<unknown>> {
  const holder = new pg.Client({ connectionString })
  await holder.connect()
  closing.push(() => holder.end())
  await holder.query('begin; lock table event in access exclusive mode')
  return () => holder.query('rollback')
}

it('a statement on which Postgres works is waited for, however long', async () => {
  const { send, lockEvents } = await startServer()
  const unlock = await lockEvents()
  const waiting = send()
  // Longer than two questions about it take.
  await delay(8_000)
  await unlock()
  expect(await waiting).toBe(200)
}, 120_000)

it('a server whose writes do not succeed is not ready', async () => {
  const { send, ready, lockEvents } = await startServer()
  const unlock = await lockEvents()
  const waiting = send()
  expect(await ready()).toBe(200)
  await until('the refusal', async () => (await ready()) === 503, 60_000)
  await unlock()
  await waiting
  expect(await send()).toBe(200)
  expect(await ready()).toBe(200)
}, 120_000)

it('a frozen Postgres makes the server not ready within a second', async () => {
  const dataDir = await initialisedDataDir(servers)
  const url = await servers.start({ TWINPANEL_DATA_DIR: dataDir }).url()
  const ready = () => fetch(`${url}/_twin/ready`)
  expect((await ready()).status).toBe(200)
  const postmaster = await postgresPid(dataDir)
  const pids = execFileSync('pgrep', ['-P', String(postmaster)], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const signal = (name: NodeJS.Signals) => {
    for (const pid of [postmaster, ...pids.map(Number)]) process.kill(pid ?? 0, name)
  }
  signal('SIGSTOP')
  try {
    expect((await ready()).status).toBe(503)
  } finally {
    signal('SIGCONT')
  }
  await until('readiness', async () => (await ready()).status === 200)
}, 120_000)
