import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { emptyDeadPartitions, joinEmptyPartitions } from '../../src/store/empty-partitions.ts'
import { listPartitions } from '../../src/store/partitions.ts'
import { splitWhenDue } from '../../src/store/split-partition.ts'
import {
  importJson,
  NOW_MS,
  type SharedServers,
  startSharedServers,
  type TestProject,
  trackJson,
} from '../support/server.ts'

/*
 * Partitions are split, emptied and joined while servers write: of what is acknowledged nothing is lost, and nothing is
 * refused that a client would not send again.
 */

const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS
const SPLITS = 6

let servers: SharedServers
let projects: { readonly now: TestProject; readonly ahead: TestProject; readonly reset: TestProject }
beforeAll(async () => {
  servers = await startSharedServers(2)
  const [now, ahead, reset] = await Promise.all([1, 2, 3].map(() => servers.createProject()))
  if (now === undefined || ahead === undefined || reset === undefined) throw new Error('no projects')
  projects = { now, ahead, reset }
  const clock = { now: NOW_MS + 2 * YEAR_MS }
  const url = `/_twin/projects/${ahead.token}/clock`
  const json = { 'content-type': 'application/json' }
  const answer = { method: 'PUT', url, headers: json, payload: JSON.stringify(clock) } as const
  expect((await servers.apps[0]?.inject(answer))?.statusCode).toBe(200)
})
afterAll(() => servers.close())

const send = async (request: ReturnType<typeof trackJson>) => {
  const app = servers.apps[Math.floor(Math.random() * servers.apps.length)]
  if (app === undefined) throw new Error('no server')
  return await app.inject(request)
}

const eventOf = (token: string, $insert_id: string, more: object = {}) => {
  return { event: 'E', properties: { token, distinct_id: 'u', $insert_id, ...more } }
}

it('an event without a place yet is refused with 429, and others sent with it are stored', async () => {
  const text = `alter table event_earliest add constraint event_bounds check (time_ms < ${NOW_MS + YEAR_MS}) not valid`
  await servers.db.pool.query(text)
  const tokens = Array.from({ length: 40 }, (_none, index) =>
    index % 8 === 3 ? projects.ahead.token : projects.now.token,
  )
  const answers = await Promise.all(
    tokens.map(async (token, index) => {
      const app = servers.apps[0]
      return await app?.inject(trackJson([eventOf(token, `a-${index}`)]))
    }),
  )
  for (const [index, answer] of answers.entries()) {
    const isAhead = tokens[index] === projects.ahead.token
    expect([answer?.statusCode, answer?.headers['retry-after'] !== undefined]).toEqual([
      isAhead ? 429 : 200,
      isAhead,
    ])
    if (!isAhead) expect(answer?.body).toBe('1')
  }
  await servers.db.pool.query('alter table event_earliest drop constraint event_bounds')
  expect((await send(trackJson([eventOf(projects.ahead.token, 'a-later')]))).body).toBe('1')
  const { rows } = await servers.db.pool.query<{ n: number }>('select count(*)::integer as n from event')
  expect(rows[0]?.n).toBe(36)
})

it('nothing acknowledged is lost, doubled or refused for good, whatever partitions are split, emptied and joined', async () => {
  const acknowledged = new Set<string>()
  let isOver = false
  const untilStored = async (request: ReturnType<typeof trackJson>) => {
    for (;;) {
      const { statusCode } = await send(request)
      if (statusCode === 200) return
      expect([429, 503]).toContain(statusCode)
      await sleep(20)
    }
  }
  const track = async (project: TestProject, name: string) => {
    for (let count = 0; !isOver; count++) {
      const id = `${name}-${count}`
      // Now and then a link, which is committed under the identity lock.
      const link = count % 9 === 0 ? { $device_id: `d${name}${count}`, $user_id: 'u' } : {}
      await untilStored(trackJson([eventOf(project.token, id, link)]))
      acknowledged.add(id)
    }
  }
  const load = async (project: TestProject, name: string, ageMs: number) => {
    for (let count = 0; !isOver; count++) {
      const ids = Array.from({ length: 600 }, (_none, index) => `${name}-${count}-${index}`)
      const events = ids.map((id) => eventOf(project.token, id, { time: NOW_MS - ageMs + count }))
      await untilStored(importJson(project.secret, events))
      for (const id of ids) acknowledged.add(id)
      await sleep(20)
    }
  }
  const reset = async () => {
    for (let count = 0; !isOver; count++) {
      await untilStored(trackJson([eventOf(projects.reset.token, `reset-${count}`)]))
      const url = `/_twin/projects/${projects.reset.token}/reset`
      const { statusCode } = (await servers.apps[0]?.inject({ method: 'POST', url })) ?? {}
      expect([204, 429, 503]).toContain(statusCode)
      await sleep(50)
    }
  }
  let days = 0
  let splits = 0
  const maintain = async () => {
    while (splits < SPLITS) {
      const nowMs = NOW_MS + days * DAY_MS
      days += 40
      const readAtOnceBytes = days % 80 === 0 ? 0 : 2 ** 30
      if (await splitWhenDue(servers.db, nowMs, { openBytes: 0, readAtOnceBytes })) splits++
      await emptyDeadPartitions(servers.db, undefined, { minBytes: 0 })
      await joinEmptyPartitions(servers.db, nowMs)
      await sleep(50)
    }
    isOver = true
  }
  const work = [
    ...['t1', 't2', 't3'].map((name) => track(projects.now, name)),
    ...['a1', 'a2'].map((name) => track(projects.ahead, name)),
    load(projects.now, 'i1', 3 * YEAR_MS),
    load(projects.ahead, 'i2', 0),
    reset(),
    maintain(),
    maintain(),
  ]
  await Promise.all(work)
  const partitions = await listPartitions(servers.db.pool)
  expect(partitions.length).toBeGreaterThan(3)
  const { rows } = await servers.db.pool.query<{ insert_id: string }>(
    `select insert_id from event where project_id = any($1) and insert_id not like 'a-%'`,
    [[projects.now.records_id, projects.ahead.records_id]],
  )
  const stored = rows.map(({ insert_id }) => insert_id)
  expect(stored).toHaveLength(new Set(stored).size)
  expect(new Set(stored)).toEqual(acknowledged)
  expect(acknowledged.size).toBeGreaterThan(1_000)
}, 120_000)
