import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
} from '../support/server.ts'

/* `where` on the raw export: segmentation expressions over events and the users whose they are (QRY-15). */

let server: TestServer
let project: TestProject
beforeAll(async () => {
  server = await startServer()
  project = await server.createProject()
  const all = [
    ['free', { plan: 'free', price: 0, tags: ['a'], $device_id: 'D1' }],
    ['pro', { plan: 'pro', price: 12.5, tags: ['a', 'b'], $device_id: 'D1', $user_id: 'U1' }],
    ['text', { plan: 'enterprise', price: '12.5', $user_id: 'U2' }],
    ['bare', { $user_id: 'U3', empty: '', nothing: null }],
  ] as const
  const records = all.map(([event, own], at) => {
    return { event, properties: { time: NOW_S - 60 + at, $insert_id: event, ...own } }
  })
  expect((await server.send(importJson(project.token, records))).statusCode).toBe(200)
  const headers = { 'content-type': 'application/json' }
  const payload = JSON.stringify([
    { $token: project.token, $distinct_id: 'U1', $set: { $email: 'u@example.com' } },
  ])
  expect((await server.send({ method: 'POST', url: '/engage', headers, payload })).body).toBe('1')
})
afterAll(() => server.close())

function ask(where: string) {
  const url = `/api/2.0/export?from_date=2026-08-20&to_date=2026-08-20&where=${encodeURIComponent(where)}`
  return server.send({ url, headers: basic(project.secret) })
}

async function eventsOf(where: string): Promise<readonly string[]> {
  const { statusCode, body } = await ask(where)
  expect(statusCode).toBe(200)
  const lines = body.split('\n').slice(0, -1)
  return lines.map((line) => (JSON.parse(line) as { event: string }).event)
}

const ALL = ['free', 'pro', 'text', 'bare']

describe('GET /api/2.0/export', () => {
  it.each([
    ['properties["plan"] == "pro"', ['pro']],
    ['properties["plan"] != "pro"', ['free', 'text', 'bare']],
    ['properties["price"] > 1', ['pro']],
    ['not (properties["price"] > 1)', ['free', 'text', 'bare']],
    ['number(properties["price"]) > 1', ['pro', 'text']],
    ['"b" in properties["tags"] or "prise" in properties["plan"]', ['pro', 'text']],
    ['properties["plan"] in ["free", "pro"] and properties["price"] < 10', ['free']],
    ['defined(properties["empty"])', ['bare']],
    ['defined(properties["nothing"])', []],
    ['properties["distinct_id"] == "U1"', ['free', 'pro']],
    ['user["$email"] == "u@example.com"', ['free', 'pro']],
    ['not defined(user["$email"])', ['text', 'bare']],
    [`properties["time"] == ${NOW_S - 60}`, ['free']],
    ['event["$time"] < datetime("2026-08-20T11:59:02")', ['free', 'pro']],
    ['properties["$insert_id"] == "bare" and properties["$import"]', ['bare']],
    ['', ALL],
    ['true', ALL],
  ])('where=%s (QRY-15)', async (where, expected) => {
    expect(await eventsOf(where)).toEqual(expected)
  })

  it.each([
    ['properties["plan"] = "pro"', 'where is not understood at character 20: = is no operator: use =='],
    ['plan == "pro"', 'where is not understood at character 1: plan is no property, value or function'],
    [`${'('.repeat(20_000)}1`, 'where is not understood at character'],
  ])('%.40s is refused in plain text, with the place (QRY-15)', async (where, text) => {
    const answer = await ask(where)
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, 'text/plain'])
    expect(answer.body.startsWith(text)).toBe(true)
  })
})

describe('an export of few among many', () => {
  it('finds them in order, wherever its slices end, and no more than its limit (QRY-05, QRY-15)', async () => {
    const own = await server.createProject()
    // 60,000 events of one moment, and as many after it, a second apart in hundreds; every 7,000th is wanted.
    await server.db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                          properties)
       select id, 'u', $2::bigint + greatest(0, n - 60000) / 100 * 1000, n, case when n % 7000 = 0 then 'rare' else 'e' end,
              n::text, 1, true, jsonb_build_object('n', n)
       from project, generate_series(1, 120000) as n where token = $1`,
      [own.token, NOW_S * 1_000 - 3_600_000],
    )
    const read = async (query: string) => {
      const url = `/api/2.0/export?from_date=2026-08-19&to_date=2026-08-20&${query}`
      const { statusCode, body } = await server.send({ url, headers: basic(own.secret) })
      expect(statusCode).toBe(200)
      const lines = body.split('\n').slice(0, -1)
      return lines.map((line) => (JSON.parse(line) as { properties: { n: number } }).properties.n)
    }
    const wanted = Array.from({ length: 17 }, (_, n) => (n + 1) * 7_000)
    const where = `where=${encodeURIComponent('properties["n"] % 7000 == 0')}`
    expect(await read(where)).toEqual(wanted)
    expect(await read('event=["rare"]')).toEqual(wanted)
    expect(await read(`${where}&limit=12`)).toEqual(wanted.slice(0, 12))
    expect(await read(`${where}&event=["e"]`)).toEqual([])
  })
})
