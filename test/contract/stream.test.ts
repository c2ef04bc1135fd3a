import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  importJson,
  NOW_S,
  type SharedServers,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'
import { until } from '../support/server-process.ts'
import { StreamReader } from '../support/stream.ts'

/* The stream: each event, link and verdict as it is committed, once, whatever breaks in between. */

let server: TestServer
let origin: string
beforeAll(async () => {
  server = await startServer()
  origin = await listen(server.app)
})
afterAll(() => server.close())

it('is refused beyond 512 at a time, with when to come again', async () => {
  const own = await startServer()
  const at = await listen(own.app)
  const { token } = await own.createProject()
  const leave = new AbortController()
  const ask = () => fetch(at + pathOf({ token }), { signal: leave.signal })
  const answers = await Promise.all(Array.from({ length: 513 }, ask))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.map(({ headers }) => headers.get('retry-after'))).toEqual(['2'])
  leave.abort()
  await own.close()
})

const listen = (app: FastifyInstance) => app.listen({ host: '127.0.0.1', port: 0 })
const pathOf = (project: Pick<TestProject, 'token'>, query = '') =>
  `/_twin/projects/${project.token}/stream${query}`

async function open(
  project: TestProject,
  query = '',
  headers: Readonly<Record<string, string>> = {},
  at = origin,
): Promise<StreamReader> {
  const reader = await StreamReader.open(at, pathOf(project, query), headers)
  onTestFinished(() => reader.close())
  return reader
}

const recordOf = (project: TestProject, event: string, more: object = {}) => ({
  event,
  properties: { token: project.token, distinct_id: 'u', $insert_id: randomUUID(), time: NOW_S, ...more },
})
const track = (project: TestProject, event: string, more: object = {}, app = server.app) =>
  app.inject(trackJson([recordOf(project, event, more)]))
const reset = (project: TestProject, app = server.app) =>
  app.inject({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
/** Some 50 kB, in texts that are not cut. */
const BIG = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`p${n}`, 'x'.repeat(250)]))
const namesOf = (reader: StreamReader) => reader.of('event').map(({ data }) => data['event'])

describe('GET /_twin/projects/:project/stream', () => {
  it('tells each event, link and verdict as the other routes show them', async () => {
    const project = await server.createProject()
    const reader = await open(project)
    await track(project, 'Sign Up', { $device_id: 'D', $user_id: 'U' })
    await track(project, '$create_alias', { alias: 'a' })
    const told = await reader.first(3)
    expect(new Set(told.map(({ kind }) => kind))).toEqual(new Set(['event', 'link', 'verdict']))
    const base = `/_twin/projects/${project.token}`
    const user = (await server.send({ url: `${base}/users/U` })).json<{ merges: readonly object[] }>()
    const list = (await server.send({ url: `${base}/verdicts` })).json<{ verdicts: readonly object[] }>()
    await until('all of them', () => reader.of('verdict').length === list.verdicts.length)
    expect(reader.of('event').map(({ data }) => data)).toEqual(await server.readEvents(project.token))
    expect(reader.of('link').map(({ data }) => data)).toEqual(user.merges)
    expect(reader.of('verdict').map(({ data }) => data)).toEqual(list.verdicts)
    expect(list.verdicts).not.toEqual([])
  })

  it('is an event stream that nobody keeps, holds back or compresses', async () => {
    const reader = await open(await server.createProject(), '', { 'accept-encoding': 'gzip, br' })
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    expect(reader.headers['content-encoding']).toBeUndefined()
  })

  it('begins with what comes from then on, or at the beginning where that is asked for', async () => {
    const project = await server.createProject()
    await track(project, 'Before')
    const reader = await open(project)
    const whole = await open(project, '?last_event_id=0')
    await track(project, 'After')
    await reader.first(1)
    await whole.first(2)
    expect([namesOf(reader), namesOf(whole)]).toEqual([['After'], ['Before', 'After']])
  })

  it('goes on after the message that Last-Event-ID names, even the one before the first', async () => {
    const project = await server.createProject()
    const reader = await open(project)
    await until('an id', () => reader.lastId !== '')
    reader.close()
    for (const event of ['A', 'B', 'C']) await track(project, event)
    const all = await open(project, '', { 'last-event-id': reader.lastId })
    const [first, second] = await all.first(3)
    expect(namesOf(all)).toEqual(['A', 'B', 'C'])
    const later = await open(project, `?last_event_id=${first?.id}`)
    await later.first(2)
    expect(namesOf(later)).toEqual(['B', 'C'])
    const both = await open(project, '?last_event_id=0', { 'last-event-id': second?.id ?? '' })
    await both.first(1)
    expect(namesOf(both)).toEqual(['C'])
  })

  it('tells copies of an event too, each as it was committed', async () => {
    const project = await server.createProject()
    const reader = await open(project, '?types=event')
    await track(project, 'Twice', { $insert_id: 'same' })
    await track(project, 'Twice', { $insert_id: 'same' })
    await reader.first(2)
    expect(namesOf(reader)).toEqual(['Twice', 'Twice'])
  })

  it('leaves out what is not wanted, by type, event, distinct_id and code', async () => {
    const project = await server.createProject()
    const readers = {
      types: await open(project, '?types=verdict,link'),
      event: await open(project, '?event=Wanted'),
      id: await open(project, '?distinct_id=wanted'),
      code: await open(project, '?code=identity.alias_noop_simplified'),
    }
    await track(project, 'Other', { distinct_id: 'wanted' })
    await track(project, 'Wanted')
    await track(project, '$create_alias', { alias: 'wanted' })
    await track(project, 'Linking', { $device_id: 'D', $user_id: 'U' })
    const end = await open(project, '?last_event_id=0')
    await end.first(6)
    const { types, event, id, code } = readers
    await until('the same', () => {
      const isOfTypes = types.of('link').length > 0 && types.of('verdict').length > 0
      return isOfTypes && event.messages.length > 0 && id.messages.length === 2 && code.messages.length === 1
    })
    expect(namesOf(readers.types)).toEqual([])
    expect(readers.types.of('link')).toHaveLength(1)
    expect(readers.types.of('verdict').length).toBeGreaterThan(0)
    expect(namesOf(readers.event)).toEqual(['Wanted'])
    // Each kind is told in its order; among kinds what is committed first need not come first.
    const toldOfId = readers.id.messages.map(({ data }) => data['event'] ?? data['code'])
    expect(toldOfId.toSorted()).toEqual(['Other', 'identity.alias_noop_simplified'])
    expect(readers.code.messages.map(({ data }) => data['code'])).toEqual(['identity.alias_noop_simplified'])
  })

  it.each([
    ['?types=event,profile', 'types must be some of event,link,verdict.'],
    ['?code=none', 'code must be one of those that GET /_twin/verdicts lists.'],
    [
      '?last_event_id=12',
      'Last-Event-ID must be the id of a message of this stream, or 0 for all from the beginning.',
    ],
  ])('refuses %s', async (query, detail) => {
    const answer = await server.send({ url: pathOf(await server.createProject(), query) })
    expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([400, detail])
  })

  it('is for those who may use the API, and for projects that there are', async () => {
    expect((await server.send({ url: pathOf({ token: 'nobody' }) })).statusCode).toBe(404)
    const guarded = await startServer({ adminToken: 'secret' })
    onTestFinished(() => guarded.close())
    const project = await guarded.createProject()
    const at = await listen(guarded.app)
    expect((await open(project, '', {}, at)).status).toBe(401)
    expect((await open(project, '', { authorization: 'Bearer secret' }, at)).status).toBe(200)
  })

  it('says that the project was reset, and goes on with what comes after', async () => {
    const project = await server.createProject()
    const reader = await open(project)
    await track(project, 'Before')
    await reader.first(1)
    await reset(project)
    await track(project, 'After')
    const kinds = (await reader.first(3)).map(({ kind, data }) => data['event'] ?? kind)
    expect(kinds).toEqual(['Before', 'reset', 'After'])
  })

  it('says so too to a client that was away meanwhile, which then gets all that is there', async () => {
    const project = await server.createProject()
    const reader = await open(project)
    await track(project, 'Before')
    await reader.first(1)
    reader.close()
    await reset(project)
    await track(project, 'First')
    await track(project, 'Second')
    const again = await open(project, '', { 'last-event-id': reader.lastId })
    await again.first(3)
    expect(again.messages.map(({ kind, data }) => data['event'] ?? kind)).toEqual([
      'reset',
      'First',
      'Second',
    ])
  })

  it('takes an id that was never given for one of another time', async () => {
    const project = await server.createProject()
    await track(project, 'There')
    const foreign = `${project.records_id}-999999999-0-0`
    const reader = await open(project, '', { 'last-event-id': foreign })
    await reader.first(2)
    expect(reader.messages.map(({ kind }) => kind)).toEqual(['reset', 'event'])
  })

  it('ends when the project is deleted', async () => {
    const project = await server.createProject()
    const reader = await open(project)
    await server.send({ method: 'DELETE', url: `/_twin/projects/${project.token}` })
    await reader.over()
    expect(reader.messages.map(({ kind }) => kind)).toEqual(['deleted'])
    const again = await open(project, '', { 'last-event-id': reader.lastId })
    expect(again.status).toBe(404)
  })

  it('tells a verdict that only time has made due', async () => {
    const project = await server.createProject({ settings: { identify_event_delay_s: 0 } })
    const reader = await open(project, '?code=identity.no_event_after_identify')
    await track(project, '$identify', { $identified_id: 'U', $anon_id: 'D' })
    await reader.first(1)
  })

  it('keeps projects apart, and the order of each', async () => {
    const projects = await Promise.all(Array.from({ length: 12 }, () => server.createProject()))
    const readers = await Promise.all(projects.map((project) => open(project, '?types=event')))
    for (let n = 0; n < 20; n++) {
      await Promise.all(projects.map((project) => track(project, `${project.token} ${n}`)))
    }
    for (const [at, reader] of readers.entries()) {
      await reader.first(20)
      expect(namesOf(reader)).toEqual(Array.from({ length: 20 }, (_, n) => `${projects[at]?.token} ${n}`))
    }
  })

  it('goes on when the database has closed its connections', async () => {
    const project = await server.createProject()
    const reader = await open(project)
    for (let round = 0; round < 3; round++) {
      await server.db.pool
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => undefined)
      await until('an event', async () => (await track(project, `Event ${round}`)).statusCode === 200)
      await reader.first(round + 1)
    }
    expect(reader.isOver).toBe(false)
  })

  it('does not tell what was taken back', async () => {
    const project = await server.createProject()
    const reader = await open(project)
    const client = await server.db.pool.connect()
    await client.query('begin')
    await client.query(
      `insert into identity_link (project_id, from_id, to_id, canonical, absorbed, event, insert_id, rule, at_ms)
       values ($1, 'a', 'b', 'b', 'a', 'E', 'i', 'rule', 0)`,
      [project.records_id],
    )
    await track(project, 'Meanwhile')
    await reader.first(1)
    await client.query('rollback')
    client.release()
    await track(project, 'Later')
    await reader.first(2)
    expect(namesOf(reader)).toEqual(['Meanwhile', 'Later'])
    expect(reader.of('link')).toEqual([])
  })

  it('has room for so many, and room again when one of them leaves', async () => {
    const own = await startServer()
    onTestFinished(() => own.close())
    const at = await listen(own.app)
    const project = await own.createProject()
    const readers = await Promise.all(Array.from({ length: 512 }, () => open(project, '', {}, at)))
    expect(readers.map(({ status }) => status)).toEqual(readers.map(() => 200))
    const refused = await own.send({ url: pathOf(project) })
    expect([refused.statusCode, refused.headers['content-type']]).toEqual([
      429,
      'application/problem+json; charset=utf-8',
    ])
    await track(project, 'To all', {}, own.app)
    await Promise.all(readers.map((reader) => reader.first(1)))
    readers[0]?.close()
    await until('room', async () => (await open(project, '', {}, at)).status === 200)
  })

  it('a server that closes ends its streams, and does not wait for a client that does not read', async () => {
    const own = await startServer()
    const at = await listen(own.app)
    const project = await own.createProject()
    const reader = await open(project, '', {}, at)
    const stuck = openAndNotRead(at, project)
    for (let n = 0; n < 8; n++) {
      const records = Array.from({ length: 20 }, () => recordOf(project, 'Big', BIG))
      await own.send(importJson(project.token, records))
    }
    await reader.first(1)
    await own.close()
    await reader.over()
    stuck.destroy()
  })
})

/** A client that takes what the kernel takes for it, and no more. */
function openAndNotRead(at: string, project: TestProject): Socket {
  const { hostname, port } = new URL(at)
  const socket = connect(Number(port), hostname)
  socket.pause()
  socket.on('error', () => undefined)
  socket.write(`GET ${pathOf(project)} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
  return socket
}

describe('a reader that is stuck', () => {
  it('is dropped and costs little until then, one beside it misses nothing, and a quiet one is kept alive', async () => {
    const own = await startServer()
    onTestFinished(() => own.close())
    const sockets: Socket[] = []
    own.app.server.on('connection', (socket: Socket) => sockets.push(socket))
    const at = await listen(own.app)
    const [project, quiet] = [await own.createProject(), await own.createProject()]
    const stuck = openAndNotRead(at, project)
    await until('the stuck one', () => sockets.length === 1)
    const [held] = sockets
    await until('its stream', () => (held?.bytesWritten ?? 0) > 0)
    const [reader, beside] = [await open(project, '', {}, at), await open(quiet, '', {}, at)]
    let most = 0
    for (let batch = 0; batch < 20; batch++) {
      const records = Array.from({ length: 40 }, (_, n) => {
        return recordOf(project, 'Big', { ...BIG, $insert_id: `i${batch * 40 + n}` })
      })
      expect((await own.send(importJson(project.token, records))).statusCode).toBe(200)
      most = Math.max(most, held?.writableLength ?? 0)
    }
    // 40 MB were sent: what waits for one client is a page and what Node holds of it.
    await until('the stuck one to be dropped', () => {
      most = Math.max(most, held?.writableLength ?? 0)
      return held?.destroyed
    })
    expect(most).toBeLessThan(2_000_000)
    await until('all events', () => reader.of('event').length === 800)
    const ids = reader.of('event').map(({ data }) => data['insert_id'])
    expect(ids.toSorted()).toEqual(Array.from({ length: 800 }, (_, n) => `i${n}`).toSorted())
    await until('a sign of life', () => beside.comments.length > 0)
    stuck.destroy()
  })
})

describe('two servers on one database', () => {
  let servers: SharedServers
  beforeAll(async () => {
    servers = await startSharedServers(2)
  })
  afterAll(() => servers.close())

  it('each tells what the other commits, and either goes on where the other stopped', async () => {
    const [first, second] = servers.apps
    if (first === undefined || second === undefined) throw new Error('two servers')
    const project = await servers.createProject()
    const origins = [await listen(first), await listen(second)]
    const told: unknown[] = []
    let lastId = '0'
    for (let round = 0; round < 6; round++) {
      const reader = await open(project, '?types=event', { 'last-event-id': lastId }, origins[round % 2])
      await track(project, `Event ${round}`, {}, round % 3 === 0 ? first : second)
      await reader.first(1)
      told.push(...namesOf(reader))
      lastId = reader.lastId
      reader.close()
    }
    expect(told).toEqual(['Event 0', 'Event 1', 'Event 2', 'Event 3', 'Event 4', 'Event 5'])
    const reader = await open(project, '', {}, origins[0])
    await reset(project, second)
    await reader.first(1)
    expect(reader.messages.map(({ kind }) => kind)).toEqual(['reset'])
  })
})
