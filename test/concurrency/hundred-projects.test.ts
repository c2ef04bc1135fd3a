import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * A hundred projects on one server, as a CI suite uses them that gives each test its own: in parallel, with the same
 * ids, insert_ids and event names in all. What each reads must be all that it sent, and nothing of another.
 */

const PROJECTS = 100
const ROUNDS = 2
const MODES = ['simplified', 'original', 'legacy'] as const
const ANON = '0f8fad5b-d9cb-469f-a165-70867728950e'

let server: TestServer
beforeAll(async () => {
  // As many connections as the program has.
  server = await startServer({}, { connections: 10, readConnections: 4 })
})
afterAll(() => server.close())

/** A project, and the number that everything it is sent carries. */
interface Used {
  readonly project: TestProject
  readonly mode: (typeof MODES)[number]
  readonly mark: string
}

async function make(number: number): Promise<Used> {
  const mode = MODES[number % MODES.length] ?? 'simplified'
  return { project: await server.createProject({ id_management: mode }), mode, mark: `mark-${number}` }
}

/** What joins a device or an anonymous id to the user `u` in a mode. */
function joining({ mode, project, mark }: Used, round: number): object {
  const common = { token: project.token, time: NOW_S, mark, round, $insert_id: 'join' }
  if (mode === 'simplified')
    return { event: 'Join', properties: { ...common, $device_id: 'd', $user_id: 'u' } }
  if (mode === 'original') {
    const ids = { distinct_id: 'u', $identified_id: 'u', $anon_id: ANON }
    return { event: '$identify', properties: { ...common, ...ids } }
  }
  return { event: '$create_alias', properties: { ...common, distinct_id: 'u', alias: 'other' } }
}

async function get(used: Used, path: string) {
  const answer = await server.send({ url: `/_twin/projects/${used.project.token}${path}` })
  return { status: answer.statusCode, body: answer.json() }
}

/** Sends what a test would send, all at once, while it waits for it. */
async function use(used: Used, round: number): Promise<void> {
  const { project, mark } = used
  const { token } = project
  const waiting = get(used, '/wait?event=Seen&count=3&timeout_ms=60000')
  const event = (id: string, own: object = {}) => ({
    event: 'Seen',
    properties: { token, time: NOW_S, distinct_id: 'u', $insert_id: id, mark, round, ...own },
  })
  const profile = { $token: token, $distinct_id: 'u', $set: { mark, round } }
  const old = event('too-old', { time: NOW_S - 6 * 86_400 })
  const sent = await Promise.all([
    server.send(trackJson([event('i-1')])),
    server.send(trackJson([joining(used, round)])),
    server.send(trackJson([old])),
    server.send(importJson(token, [event('i-2'), event('i-3')])),
    server.send({ method: 'POST', url: '/engage', payload: [profile] }),
  ])
  expect(sent.map((answer) => answer.statusCode)).toEqual([200, 200, 200, 200, 200])
  const { status, body } = await waiting
  expect([status, body.matched?.length]).toEqual([200, 3])
  expect(new Set(body.matched.map((own: Marked) => own.properties.mark))).toEqual(new Set([mark]))
}

interface Marked {
  readonly insert_id: string
  readonly properties: { readonly mark: string; readonly round: number }
}

/** Reads everything back: it is of this project and of this round. */
async function readBack(used: Used, round: number): Promise<void> {
  const { mark, mode } = used
  const events: readonly Marked[] = (await get(used, '/events')).body.events
  const seen = events.map(({ insert_id, properties }) => [insert_id, properties.mark, properties.round])
  const ids = ['i-1', 'i-2', 'i-3', 'join']
  expect(seen.toSorted()).toEqual(ids.map((id) => [id, mark, round]))
  const { users } = (await get(used, '/users')).body
  const joined = { simplified: ['$device:d', 'u'], original: [ANON, 'u'], legacy: ['other', 'u'] }[mode]
  expect(users.map((user: { distinct_ids: string[] }) => user.distinct_ids.toSorted())).toEqual([joined])
  expect(users[0].profile).toMatchObject({ mark, round })
  const { verdicts } = (await get(used, '/verdicts')).body
  expect(verdicts.map((own: { code: string }) => own.code)).toContain('time.too_old_for_track')
  for (const { record } of verdicts) expect(JSON.stringify(record)).toContain(`"${mark}","round":${round}`)
}

async function reset(used: Used): Promise<void> {
  const answer = await server.send({ method: 'POST', url: `/_twin/projects/${used.project.token}/reset` })
  expect(answer.statusCode).toBe(204)
  for (const list of ['events', 'users', 'verdicts']) {
    expect((await get(used, `/${list}`)).body).toEqual({ [list]: [], next: null })
  }
}

describe(`${PROJECTS} projects in parallel`, () => {
  it('see what they were sent and nothing of another, before and after each reset', {
    timeout: 240_000,
  }, async () => {
    const all = await Promise.all(Array.from({ length: PROJECTS }, (_, number) => make(number)))
    await Promise.all(
      all.map(async (used) => {
        for (let round = 0; round < ROUNDS; round++) {
          await use(used, round)
          await readBack(used, round)
          await reset(used)
        }
        await use(used, ROUNDS)
      }),
    )
    for (const used of all) await readBack(used, ROUNDS)
  })

  it('are all waited for at once', { timeout: 120_000 }, async () => {
    const all = await Promise.all(Array.from({ length: PROJECTS }, (_, number) => make(number)))
    const waits = all.map((used) => get(used, '/wait?event=Late&timeout_ms=60000'))
    // Each asks the database several times before its event comes.
    await sleep(1_000)
    for (const { project, mark } of all) {
      const properties = { token: project.token, time: NOW_S, distinct_id: 'u', mark }
      await server.send(trackJson([{ event: 'Late', properties }]))
    }
    const told = (await Promise.all(waits)).map(({ status, body }) => [
      status,
      body.matched?.[0]?.properties.mark,
    ])
    expect(told).toEqual(all.map(({ mark }) => [200, mark]))
  })
})
