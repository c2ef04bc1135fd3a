import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { profilesJson } from '../support/profiles.ts'
import {
  basic,
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
} from '../support/server.ts'

/*
 * What there is in a project, as tools ask that copy it: which events happen, which properties there are, and their
 * values (QRY-18).
 */

const DAY_S = 86_400
/** Noon of a frozen Thursday, 2026-08-20. */
const RECORDS = [
  ['view', 0, 'U1', { plan: 'pro', page: 'a' }],
  ['view', 0, 'U1', { plan: 'pro', page: 'b' }],
  ['view', 0, 'U2', { plan: 'free', page: 3, nothing: null }],
  ['view', 1, 'U2', { plan: 'free', tags: ['x'] }],
  ['view', 1, 'U2', { ['__proto__']: 1 }],
  ['pay', 0, 'U2', { plan: 'free' }],
  ['pay', 1, 'U1', {}],
  ['pay', 1, 'U2', {}],
  ['once', 1, 'U1', {}],
  ['old', 400, 'U1', { relic: true }],
] as const

let server: TestServer
let project: TestProject
beforeAll(async () => {
  server = await startServer()
  project = await server.createProject()
  const events = RECORDS.map(([event, daysAgo, user, own], n) => {
    const time = NOW_S - daysAgo * DAY_S - n
    return { event, properties: { time, $user_id: user, $insert_id: `insert-${n}`, ...own } }
  })
  const twice = [...events, ...events.slice(0, 1)]
  expect((await server.send(importJson(project.token, twice))).statusCode).toBe(200)
  const profiles = [
    { plan: 'pro', age: 1, $created: '2026-01-02T03:04:05', tags: [], ['__proto__']: 1 },
    { plan: 'free', age: 'old', born: '2000-01-02' },
    { plan: 'free', age: 2, is_on: true, home: { city: 'Oslo' }, nothing: null },
  ].map((own, n) => ({ $token: project.token, $distinct_id: `U${n}`, $ignore_time: true, $set: own }))
  expect((await server.send(profilesJson('/engage?ip=0', profiles))).body).toBe('1')
})
afterAll(() => server.close())

type Params = Readonly<Record<string, string | number>>

async function get(path: string, params: Params = {}, base = '/api/query', of = project) {
  const query = Object.entries(params).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return await server.send({ url: `${base}/${path}?${query.join('&')}`, headers: basic(of.secret) })
}

/** The text of an answer, on both paths. */
async function text(path: string, params: Params = {}): Promise<string> {
  const answer = await get(path, params)
  expect([answer.statusCode, answer.headers['content-type']], answer.body).toEqual([200, 'application/json'])
  expect((await get(`${path}/`, params, '/api/2.0')).body).toBe(answer.body)
  return answer.body
}

const DAYS = { from_date: '2026-08-19', to_date: '2026-08-20' }

describe('GET /api/query/events/top', () => {
  it('the events of today, each once, and how they compare to yesterday, byte for byte (QRY-18)', async () => {
    expect(await text('events/top', { type: 'general' })).toBe(
      '{"events":[{"amount":3,"event":"view","percent_change":0.5},' +
        '{"amount":1,"event":"pay","percent_change":-0.5}],"type":"general"}',
    )
  })

  it('by users, and of the greatest only (QRY-18)', async () => {
    expect(JSON.parse(await text('events/top', { type: 'unique', limit: 1 }))).toEqual({
      events: [{ amount: 2, event: 'view', percent_change: 1 }],
      type: 'unique',
    })
  })

  it('what was not there yesterday has grown by 1; an identity event is none (QRY-18)', async () => {
    const own = await server.createProject({ id_management: 'original', timezone: 'Pacific/Auckland' })
    const records = [
      { event: 'new', properties: { time: NOW_S, distinct_id: 'a', $insert_id: 'insert-1' } },
      { event: 'earlier', properties: { time: NOW_S - DAY_S, distinct_id: 'a', $insert_id: 'insert-2' } },
      {
        event: '$identify',
        properties: {
          time: NOW_S,
          distinct_id: 'a',
          $insert_id: 'insert-3',
          $identified_id: 'a',
          $anon_id: '4f6d1a3e-0b1c-4d2e-8f3a-000000000001',
        },
      },
    ]
    expect((await server.send(importJson(own.token, records))).statusCode).toBe(200)
    const answer = await get('events/top', {}, '/api/query', own)
    expect(answer.json().events).toEqual([{ amount: 1, event: 'new', percent_change: 1 }])
  })
})

describe('GET /api/query/events/properties', () => {
  it('counts an event by the values of a property, byte for byte (QRY-18)', async () => {
    expect(await text('events/properties', { ...DAYS, event: 'view', name: 'plan' })).toBe(
      '{"data":{"series":["2026-08-19","2026-08-20"],"values":{' +
        '"free":{"2026-08-19":1,"2026-08-20":1},' +
        '"pro":{"2026-08-19":0,"2026-08-20":2},' +
        '"undefined":{"2026-08-19":1,"2026-08-20":0}}},"legend_size":3}',
    )
  })

  it('by some values only, of whatever type, and by users (QRY-18)', async () => {
    const params = { ...DAYS, event: 'view', name: 'page', values: '["3","a","z"]', type: 'unique' }
    expect(JSON.parse(await text('events/properties', params)).data.values).toEqual({
      3: { '2026-08-19': 0, '2026-08-20': 1 },
      a: { '2026-08-19': 0, '2026-08-20': 1 },
    })
  })

  it.each<[Params, string]>([
    [{}, 'event is required'],
    [{ event: 'view' }, 'name is required: the name of a property'],
    [{ event: 'view', name: 'plan', values: 'pro' }, 'values must be a JSON array of strings, such as'],
    [{ event: 'view', name: 'plan', interval: 2 }, 'interval must be a number of days, weeks or months'],
    [{ event: 'view', name: 'plan', limit: 10_001 }, 'limit must be a number from 1 to 10000'],
  ])('%j is refused (QRY-18)', async (params, error) => {
    const answer = await get('events/properties', { ...DAYS, ...params })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toEqual({
      request: expect.stringContaining('/api/query/events/properties?'),
      error: expect.stringContaining(error),
    })
  })
})

describe('interval', () => {
  it.each([
    ['day', 1, '2026-08-20', 1],
    ['day', 3, '2026-08-18', 3],
    ['week', 1, '2026-08-17', 1],
    ['week', 2, '2026-08-10', 2],
    ['month', 1, '2026-08-01', 1],
    ['month', 9, '2025-12-01', 9],
  ])('of %ss, %i are the last, this one included (QRY-17, QRY-18)', async (unit, interval, first, length) => {
    for (const [path, own] of [
      ['events', { event: '["view"]' }],
      ['events/properties', { event: 'view', name: 'page' }],
    ] as const) {
      const { series } = JSON.parse(await text(path, { ...own, unit, interval })).data
      expect([series[0], series.length]).toEqual([first, length])
    }
  })

  it('the days are those of the project (QRY-18)', async () => {
    const own = await server.createProject({ timezone: 'Pacific/Auckland' })
    const answer = await get('events', { event: '["view"]', interval: 1 }, '/api/query', own)
    expect(answer.json().data.series).toEqual(['2026-08-21'])
  })

  it.each([
    [{ interval: 0 }, 'interval must be a number of days, weeks or months'],
    [{ interval: 'x' }, 'interval must be a number of days, weeks or months'],
    [{ interval: 2, unit: 'hour' }, 'interval must be a number of days, weeks or months'],
    [{ interval: 10_000, unit: 'month' }, 'the answer would be too long'],
    [{ interval: 10_000, unit: 'week' }, 'the answer would be too long'],
  ])('%j is refused (QRY-18)', async (params, error) => {
    const answer = await get('events', { event: '["view"]', ...params })
    expect([answer.statusCode, answer.json().error]).toEqual([400, expect.stringContaining(error)])
  })
})

describe('GET /api/query/events/properties/top', () => {
  it('the properties of an event, byte for byte (QRY-18)', async () => {
    expect(await text('events/properties/top', { event: 'view', limit: 4 })).toBe(
      '{"$user_id":{"count":5},"plan":{"count":4},"page":{"count":3},"__proto__":{"count":1}}',
    )
  })

  it('without an event those of all, as Singer and Airbyte ask (QRY-18)', async () => {
    const names = Object.keys(JSON.parse(await text('events/properties/top', { limit: 2_000 })))
    expect(names).toEqual(['$user_id', 'plan', 'page', '__proto__', 'nothing', 'relic', 'tags'])
    expect(Object.keys(JSON.parse(await text('events/properties/top', { event: 'never' })))).toEqual([])
  })
})

describe('a project of many events', () => {
  it('shows the properties and values of its newest 100,000 (QRY-18)', async () => {
    const own = await server.createProject()
    await server.db.pool.query(
      `insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes, is_imported,
                          properties)
       select id, 'u', n, n, 'bulk', n::text, 1, true,
              case when n = 1 then '{"ancient":1}' else '{"recent":"x"}' end::jsonb
       from project, generate_series(1, 100001) as n where token = $1`,
      [own.token],
    )
    for (const params of [{}, { event: 'bulk' }]) {
      const answer = await get('events/properties/top', params, '/api/query', own)
      expect(answer.body).toBe('{"recent":{"count":100000}}')
    }
    const values = async (name: string) =>
      (await get('events/properties/values', { event: 'bulk', name }, '/api/query', own)).body
    expect([await values('recent'), await values('ancient')]).toEqual(['["x"]', '[]'])
  })
})

describe('GET /api/query/events/properties/values', () => {
  it('the values of a property as texts, the most frequent first (QRY-18)', async () => {
    expect(await text('events/properties/values', { event: 'view', name: 'plan' })).toBe('["free","pro"]')
    expect(await text('events/properties/values', { event: 'view', name: 'page', limit: 2 })).toBe(
      '["3","a"]',
    )
    expect(await text('events/properties/values', { event: 'view', name: 'tags' })).toBe('["[\\"x\\"]"]')
    expect(await text('events/properties/values', { event: 'view', name: 'nothing' })).toBe('[]')
    expect((await get('events/properties/values', { event: 'view' })).json().error).toMatch(/^name is/)
    expect((await get('events/properties/values', { name: 'plan' })).json().error).toBe('event is required')
  })
})

describe('GET /api/query/engage/properties', () => {
  it('the properties of users and their types, as Singer and Airbyte ask (QRY-10)', async () => {
    expect(JSON.parse(await text('engage/properties', { limit: 2_000 }))).toEqual({
      status: 'ok',
      results: {
        age: { count: 3, type: 'number' },
        plan: { count: 3, type: 'string' },
        $created: { count: 1, type: 'datetime' },
        ['__proto__']: { count: 1, type: 'number' },
        born: { count: 1, type: 'datetime' },
        home: { count: 1, type: 'object' },
        is_on: { count: 1, type: 'boolean' },
        tags: { count: 1, type: 'list' },
      },
    })
    const three = Object.keys(JSON.parse(await text('engage/properties', { limit: 3 })).results)
    expect(three).toEqual(['age', 'plan', '$created'])
  })

  it('is for whoever may read (SEC-03)', async () => {
    const answer = await server.send({ url: '/api/2.0/engage/properties', headers: basic(project.token) })
    expect(answer.statusCode).toBe(401)
  })
})
