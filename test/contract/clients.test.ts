import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_CLIENTS } from '../../src/core/clients/client.ts'
import {
  importJson,
  NOW_MS,
  NOW_S,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
  toBase64,
  trackJson,
} from '../support/server.ts'

/* GET /_twin/projects/:project/clients: which SDKs have sent records, and what may surprise who works with them. */

interface ShownClient {
  readonly lib: string | null
  readonly version: string | null
  readonly endpoints: readonly string[]
  readonly encoding: string | null
  readonly host: string | null
  readonly user_agent: string | null
  readonly first_seen: string
  readonly last_seen: string
  readonly requests: number
  readonly records: number
  readonly hints: readonly { readonly code: string; readonly message: string; readonly advice: string }[]
}

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

type Inject = Pick<TestServer['app'], 'inject'>

async function clientsOf(project: TestProject, from: Inject = server.app): Promise<readonly ShownClient[]> {
  const answer = await from.inject({ url: `/_twin/projects/${project.token}/clients` })
  expect(answer.statusCode).toBe(200)
  return answer.json<{ clients: readonly ShownClient[] }>().clients
}

let made = 0
const event = (token: string, lib?: string, version?: string) => ({
  event: 'E',
  properties: {
    token,
    distinct_id: 'u',
    time: NOW_S,
    $insert_id: `i${++made}`,
    ...(lib !== undefined && { mp_lib: lib }),
    ...(version !== undefined && { $lib_version: version }),
  },
})

describe('the clients of a project', () => {
  it('are told with what they are, how they send, how much, and since when', async () => {
    const project = await server.createProject()
    const { token } = project
    const web = [event(token, 'web', '2.83.0'), event(token, 'web', '2.83.0')]
    const form = {
      method: 'POST' as const,
      headers: { 'content-type': 'application/x-www-form-urlencoded', host: 'localhost:4100' },
      payload: `data=${encodeURIComponent(toBase64(web))}`,
    }
    await server.send({ ...form, url: '/track/?verbose=1' })
    server.clock.nowMs += 60_000
    await server.send({ ...form, url: '/track/?verbose=1' })
    await server.send({
      ...importJson(token, [event(token)], '?strict=1'),
      headers: { ...importJson(token, []).headers, 'user-agent': 'curl/8.14.1' },
    })
    const [first, second] = (await clientsOf(project)).toSorted((a, b) => b.requests - a.requests)
    expect(first).toEqual({
      lib: 'web',
      version: '2.83.0',
      endpoints: ['/track'],
      encoding: 'form base64',
      host: 'localhost:4100',
      user_agent: null,
      first_seen: new Date(NOW_MS).toISOString(),
      last_seen: new Date(NOW_MS + 60_000).toISOString(),
      requests: 2,
      records: 4,
      hints: expect.arrayContaining([expect.objectContaining({ code: 'web.base64' })]),
    })
    expect(second).toMatchObject({
      lib: 'curl',
      version: '8.14.1',
      user_agent: 'curl/8.14.1',
      endpoints: ['/import'],
      encoding: 'json',
      hints: [],
    })
    server.clock.nowMs = NOW_MS
  })

  it('of one library and host are one, whatever its endpoints', async () => {
    const project = await server.createProject()
    const { token } = project
    await server.send(trackJson([event(token, 'go', 'v2.0.0')]))
    await server.send(importJson(token, [event(token, 'go', 'v2.0.0')]))
    await server.send(trackJson([event(token, 'go', 'v2.0.0')]))
    await clientsOf(project)
    await server.send(importJson(token, [event(token, 'go', 'v2.0.0')]))
    expect(await clientsOf(project)).toMatchObject([
      { lib: 'go', endpoints: ['/import', '/track'], requests: 4, records: 4 },
    ])
  })

  it('are counted where nothing of theirs was stored, and not where nothing was looked at', async () => {
    const project = await server.createProject()
    const { token } = project
    await server.send(trackJson([{ event: '', properties: { token, mp_lib: 'php' } }]))
    await server.send(trackJson('{oops'))
    expect(await clientsOf(project)).toMatchObject([{ lib: 'php', requests: 1, records: 1 }])
  })

  it('are those of the project whose records they sent, each by the first of them', async () => {
    const [one, other] = [await server.createProject(), await server.createProject()]
    await server.send(
      trackJson([
        event(one.token, 'a'),
        event(other.token, 'b'),
        event(one.token, 'c'),
        event('nobody', 'd'),
      ]),
    )
    expect(await clientsOf(one)).toMatchObject([{ lib: 'a', requests: 1, records: 2 }])
    expect(await clientsOf(other)).toMatchObject([{ lib: 'b', requests: 1, records: 1 }])
  })

  it('are forgotten with the records, those not yet written down too', async () => {
    const project = await server.createProject()
    await server.send(trackJson([event(project.token, 'written')]))
    expect(await clientsOf(project)).toHaveLength(1)
    await server.send(trackJson([event(project.token, 'waiting')]))
    await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
    expect(await clientsOf(project)).toEqual([])
    await server.send(trackJson([event(project.token, 'new')]))
    expect(await clientsOf(project)).toMatchObject([{ lib: 'new', requests: 1 }])
    const left = async () => {
      const { rows } = await server.db.pool.query('select from client where project_id = $1', [
        project.records_id,
      ])
      return rows.length
    }
    await expect.poll(left).toBe(0)
  })

  it('are written down without being asked for, and at the latest when the server stops', async () => {
    const servers = await startSharedServers(2)
    const [one, other] = servers.apps
    if (one === undefined || other === undefined) throw new Error('two servers')
    const project = await servers.createProject()
    await one.inject(trackJson([event(project.token, 'early')]))
    await expect.poll(async () => (await clientsOf(project, other)).length, { timeout: 15_000 }).toBe(1)
    await one.inject(trackJson([event(project.token, 'late')]))
    await one.close()
    expect((await clientsOf(project, other)).map(({ lib }) => lib).toSorted()).toEqual(['early', 'late'])
    await servers.close()
  })

  it('of two servers are added up', async () => {
    const servers = await startSharedServers(2)
    const project = await servers.createProject()
    await Promise.all(
      servers.apps.flatMap((app) =>
        Array.from({ length: 10 }, async (_, index) => {
          await app.inject(trackJson([event(project.token, `lib ${index % 5}`)]))
          await clientsOf(project, app)
        }),
      ),
    )
    for (const app of servers.apps) await clientsOf(project, app)
    const [first] = servers.apps
    const told = first === undefined ? [] : await clientsOf(project, first)
    expect(told.map(({ lib, requests }) => `${lib}: ${requests}`).toSorted()).toEqual(
      Array.from({ length: 5 }, (_, index) => `lib ${index}: 4`),
    )
    await servers.close()
  })

  it('are a bounded number of short lines, whatever is sent', async () => {
    const project = await server.createProject()
    const { token } = project
    const hostile = '\u0000\n<script>\ud800 '.repeat(50)
    for (let round = 0; round < MAX_CLIENTS + 30; round++) {
      const headers = {
        'content-type': 'application/json',
        host: `h${round}.test`,
        'user-agent': 'x'.repeat(5_000),
      }
      await server.send({ ...trackJson([event(token, `${round}${hostile}`, hostile)]), headers })
      if (round === 20) await clientsOf(project)
    }
    const told = await clientsOf(project)
    expect(told).toHaveLength(MAX_CLIENTS + 1)
    expect(told.find(({ lib }) => lib === 'other')).toMatchObject({ requests: 30, records: 30, host: null })
    for (const own of told) expect(JSON.stringify(own).length).toBeLessThan(1_000)
    expect(told.reduce((sum, { requests }) => sum + requests, 0)).toBe(MAX_CLIENTS + 30)
    // Those that are known are still told apart.
    await server.send({
      ...trackJson([event(token, `0${hostile}`, hostile)]),
      headers: { 'content-type': 'application/json', host: 'h0.test' },
    })
    expect((await clientsOf(project)).find(({ host }) => host === 'h0.test')).toMatchObject({ requests: 2 })
  })

  it('are none at first; no project, no answer', async () => {
    expect(await clientsOf(await server.createProject())).toEqual([])
    expect((await server.send({ url: '/_twin/projects/nobody/clients' })).statusCode).toBe(404)
  })

  it('wait in memory while they cannot be written down', async () => {
    const own = await startServer()
    const project = await own.createProject()
    await own.db.pool.query('alter table client rename to client_away')
    await own.send(trackJson([event(project.token, 'web')]))
    expect((await own.send({ url: `/_twin/projects/${project.token}/clients` })).statusCode).toBe(500)
    await own.send(trackJson([event(project.token, 'web')]))
    await own.db.pool.query('alter table client_away rename to client')
    expect(await clientsOf(project, own.app)).toMatchObject([{ lib: 'web', requests: 2 }])
    await own.close()
  })
})
