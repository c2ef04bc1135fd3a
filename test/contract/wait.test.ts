import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  NOW_S,
  type SharedServers,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/* Waiting for events and verdicts: what a CI suite does instead of sleeping. */

interface Waited {
  readonly matched: readonly { readonly event?: string; readonly code?: string }[]
  readonly nearest?: readonly {
    readonly event: string
    readonly differences: readonly { readonly field: string; readonly hint: string }[]
  }[]
  readonly verdicts?: readonly { readonly code: string; readonly message: string }[]
}

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const urlOf = (project: TestProject, query: string) => `/_twin/projects/${project.token}/wait?${query}`

async function wait(project: TestProject, query: string) {
  const answer = await server.send({ url: urlOf(project, query) })
  return { ...answer.json<Waited>(), status: answer.statusCode, form: answer.headers['content-type'] }
}

function track(project: TestProject, event: string, more: object = {}) {
  const properties = {
    token: project.token,
    distinct_id: 'u',
    $insert_id: randomUUID(),
    time: NOW_S,
    ...more,
  }
  return server.send(trackJson([{ event, properties }]))
}

describe('GET /_twin/projects/:project/wait', () => {
  it('answers with what is there already, by any id of the user', async () => {
    const project = await server.createProject()
    await track(project, 'Sign Up', { $device_id: 'D', $user_id: 'U' })
    for (const query of ['event=Sign%20Up', 'distinct_id=U', 'distinct_id=%24device%3AD', '']) {
      expect(await wait(project, `${query}&timeout_ms=0`)).toMatchObject({
        status: 200,
        matched: [{ event: 'Sign Up', distinct_id: 'U' }],
      })
    }
  })

  it('answers once enough has come, and not before', async () => {
    const project = await server.createProject()
    const waiting = wait(project, 'event=E&count=2&timeout_ms=20000')
    await track(project, 'E', { at: 1 })
    await track(project, 'F')
    expect(await Promise.race([waiting, sleep(200, 'still waiting')])).toBe('still waiting')
    await track(project, 'E', { at: 2 })
    const { status, matched } = await waiting
    expect([status, matched.map(({ event }) => event)]).toEqual([200, ['E', 'E']])
  })

  it('waits for a verdict by its code', async () => {
    const project = await server.createProject()
    const waiting = wait(project, 'code=identity.alias_noop_simplified&timeout_ms=20000')
    await track(project, '$create_alias', { alias: 'a' })
    expect(await waiting).toMatchObject({
      status: 200,
      matched: [{ code: 'identity.alias_noop_simplified' }],
    })
  })

  it.each([
    ['dedup.hidden_duplicate', [{}, {}]],
    ['dedup.insert_id_reused', [{ time: NOW_S - 1 }, { time: NOW_S - 2 }, { time: NOW_S - 3 }]],
    ['dedup.compaction_candidate', [{ time: NOW_S - 1 }, { time: NOW_S - 2 }]],
    ['identity.no_event_after_identify', [{ $anon_id: '$device:D', $identified_id: 'U' }]],
  ])('sees %s, which is told only when somebody asks, before the timeout', async (code, records) => {
    const project = await server.createProject({ settings: { identify_event_delay_s: 0 } })
    const waiting = wait(project, `code=${code}&timeout_ms=60000`)
    expect(await Promise.race([waiting, sleep(100, 'still waiting')])).toBe('still waiting')
    const event = code.startsWith('dedup.') ? 'E' : '$identify'
    for (const more of records) await track(project, event, { $insert_id: 'same', ...more })
    expect(await Promise.race([waiting, sleep(40_000, 'still waiting', { ref: false })])).toMatchObject({
      status: 200,
      matched: [{ code }],
    })
  })

  it('at the timeout says what came instead, the nearest first, and what differs', async () => {
    const project = await server.createProject()
    await track(project, 'Page View')
    await track(project, 'signed_up', { distinct_id: 'other' })
    await track(project, 'sign up')
    const { status, form, matched, nearest } = await wait(
      project,
      'event=Sign%20Up&distinct_id=u&timeout_ms=30',
    )
    expect([status, form, matched]).toEqual([408, 'application/problem+json; charset=utf-8', []])
    expect(nearest?.map(({ event, differences }) => [event, differences.map(({ field }) => field)])).toEqual([
      ['sign up', ['event']],
      ['Page View', ['event']],
      ['signed_up', ['event', 'distinct_id']],
    ])
    expect(nearest?.[0]?.differences[0]?.hint).toBe('Only letter case, spaces or punctuation differ.')
  })

  it('at the timeout says what had no effect: an event that was dropped, one with a token nobody has', async () => {
    const project = await server.createProject()
    await track(project, 'Old', { time: NOW_S - 6 * 86_400 })
    const dropped = await wait(project, 'event=Old&timeout_ms=30')
    expect(dropped.status).toBe(408)
    expect(dropped.verdicts?.[0]).toMatchObject({ outcome: 'dropped', record: { event: 'Old' } })
    await track(project, 'Lost', { token: 'mistyped' })
    const lost = await wait(project, 'event=Lost&timeout_ms=30')
    expect(lost.verdicts?.[0]).toMatchObject({ record: { event: 'Lost' } })
  })

  it('goes on through a reset', async () => {
    const project = await server.createProject()
    const waiting = wait(project, 'event=After&timeout_ms=20000')
    await server.send({ method: 'POST', url: `/_twin/projects/${project.token}/reset` })
    await track(project, 'After')
    expect((await waiting).status).toBe(200)
  })

  it.each([
    ['count=0', 'count must be a number from 1 to 1000.'],
    ['timeout_ms=60001', 'timeout_ms must be a number from 0 to 60000.'],
    ['code=none', 'code must be one of those that GET /_twin/verdicts lists.'],
    ['code=limit.rate&event=E', 'code waits for verdicts and event for events: give one of them.'],
  ])('refuses %s', async (query, detail) => {
    const answer = await server.send({ url: urlOf(await server.createProject(), query) })
    expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([400, detail])
  })

  it('a server that closes does not wait for those who wait', async () => {
    const own = await startServer()
    const project = await own.createProject()
    const waiting = own.send({ url: urlOf(project, 'event=E&timeout_ms=60000') })
    await sleep(100)
    await own.close()
    expect((await waiting).statusCode).toBe(503)
  })
})

describe('two servers on one database', () => {
  let servers: SharedServers
  beforeAll(async () => {
    servers = await startSharedServers(2)
  })
  afterAll(() => servers.close())

  it('one sees what the other commits', async () => {
    const project = await servers.createProject()
    const [first, second] = servers.apps
    const waiting = first?.inject({ url: urlOf(project, 'event=E&timeout_ms=20000') })
    const properties = { token: project.token, distinct_id: 'u', $insert_id: 'i', time: NOW_S }
    await second?.inject(trackJson([{ event: 'E', properties }]))
    expect((await waiting)?.statusCode).toBe(200)
  })
})
