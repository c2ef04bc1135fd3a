import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { History, type Sent } from '../support/identity.ts'
import {
  basic,
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * How many events there were, and of how many users: what a build asserts when it asks the query API (QRY-17, QRY-18);
 * and which projects an account may ask (QRY-20).
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

type Values = Readonly<Record<string, Readonly<Record<string, number>>>>
interface Answer {
  readonly data: { readonly series: readonly string[]; readonly values: Values }
  readonly legend_size: number
}
type Params = Readonly<Record<string, string | number>>

async function get({ secret }: TestProject, path: string, params: Params) {
  const query = Object.entries(params).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return await server.send({ url: `/api/query/${path}?${query.join('&')}`, headers: basic(secret) })
}

const DAY = { from_date: '2026-08-20', to_date: '2026-08-20' }

async function ask(project: TestProject, path: string, params: Params): Promise<Answer> {
  const answer = await get(project, path, { ...DAY, ...params })
  expect([answer.statusCode, answer.headers['content-type']], answer.body).toEqual([200, 'application/json'])
  return answer.json()
}

async function segmentation(project: TestProject, params: Params): Promise<Values> {
  return (await ask(project, 'segmentation', params)).data.values
}

/** The events of IDS-03 by one user, and one by another. */
async function signUps(): Promise<TestProject> {
  const history = await History.start(server, 'simplified')
  await history.sendEach(
    'track',
    ['view', { $device_id: 'D1', page: 'a' }],
    ['view', { $device_id: 'D1', page: 'b' }],
    ['view', { $device_id: 'D1', $user_id: 'U1', page: 'a' }],
    ['view', { $user_id: 'U2', page: 3 }],
    ['pay', { $user_id: 'U2' }],
  )
  return history.project
}

/** A project with an event at each of these times, all of one user, in a time zone. */
async function at(times: readonly string[], timezone = 'UTC'): Promise<TestProject> {
  const project = await server.createProject({ timezone })
  const records = times.map((time, n) => {
    return { event: 'E', properties: { time: Date.parse(time), distinct_id: 'u', $insert_id: `id-${n}` } }
  })
  expect((await server.send(importJson(project.token, records))).statusCode).toBe(200)
  return project
}

describe('GET /api/query/segmentation', () => {
  it('answers in the documented form, byte for byte (QRY-17)', async () => {
    const project = await signUps()
    const answer = await get(project, 'segmentation', { ...DAY, from_date: '2026-08-19', event: 'view' })
    expect(answer.body).toBe(
      '{"data":{"series":["2026-08-19","2026-08-20"],' +
        '"values":{"view":{"2026-08-19":0,"2026-08-20":4}}},"legend_size":1}',
    )
  })

  it.each([
    ['general', 4],
    ['unique', 2],
    ['average', 2],
  ])('type=%s counts the events of users as they are now: %d (QRY-17, IDS-03)', async (type, count) => {
    const project = await signUps()
    expect(await segmentation(project, { event: 'view', type })).toEqual({ view: { '2026-08-20': count } })
  })

  it('counts an event once, however often it was sent (QRY-17, DDP-03)', async () => {
    const project = await server.createProject()
    const event = (ids: object) => ({
      event: 'E',
      properties: { token: project.token, time: NOW_S - 60, $insert_id: 'i', ...ids },
    })
    await server.send(trackJson([event({ $device_id: 'D1' }), event({ $device_id: 'D1' })]))
    await server.send(trackJson([event({ $device_id: 'D1', $user_id: 'U1' })]))
    expect(await segmentation(project, { event: 'E' })).toEqual({ E: { '2026-08-20': 1 } })
  })

  it('an average need not be whole (QRY-17)', async () => {
    const project = await signUps()
    const where = 'properties["page"] != "b" or defined(user["nothing"])'
    expect(await segmentation(project, { event: 'view', type: 'average', where })).toEqual({
      view: { '2026-08-20': 1.5 },
    })
  })

  it.each([
    ['minute', DAY, '2026-08-20 00:00:00', '2026-08-20 23:59:00', 1_440],
    ['hour', DAY, '2026-08-20 00:00:00', '2026-08-20 23:00:00', 24],
    ['day', { from_date: '2026-02-27', to_date: '2026-03-01' }, '2026-02-27', '2026-03-01', 3],
    ['week', { from_date: '2026-08-05', to_date: '2026-08-20' }, '2026-08-03', '2026-08-17', 3],
    ['month', { from_date: '2025-12-31', to_date: '2026-08-20' }, '2025-12-01', '2026-08-01', 9],
  ])('unit=%s (QRY-17)', async (unit, days, first, last, count) => {
    const project = await at([`${days.to_date}T12:34:56Z`])
    const { data } = await ask(project, 'segmentation', { ...days, event: 'E', unit })
    expect([data.series.length, data.series[0], data.series.at(-1)]).toEqual([count, first, last])
    expect(Object.keys(data.values['E'] ?? {})).toEqual(data.series)
    expect(Object.values(data.values['E'] ?? {}).filter((n) => n > 0)).toEqual([1])
  })

  it('days and hours are those of the project, when clocks change, too (QRY-17)', async () => {
    const times = [
      '2026-03-08T04:59:59Z',
      '2026-03-08T05:00:00Z',
      '2026-03-08T07:30:00Z',
      '2026-03-09T03:59:59Z',
    ]
    const project = await at(times, 'America/New_York')
    const days = { from_date: '2026-03-08', to_date: '2026-03-08' }
    expect(await segmentation(project, { ...days, event: 'E' })).toEqual({ E: { '2026-03-08': 3 } })
    const hours = (await segmentation(project, { ...days, event: 'E', unit: 'hour' }))['E'] ?? {}
    expect(Object.entries(hours).filter(([, n]) => n > 0)).toEqual([
      ['2026-03-08 00:00:00', 1],
      ['2026-03-08 03:00:00', 1],
      ['2026-03-08 23:00:00', 1],
    ])
  })

  it('on takes an expression apart by its values, the most frequent first (QRY-17)', async () => {
    const project = await signUps()
    const { data, legend_size } = await ask(project, 'segmentation', {
      event: 'view',
      on: 'properties["page"]',
    })
    expect([legend_size, Object.keys(data.values)]).toEqual([3, ['3', 'a', 'b']])
    expect(data.values).toEqual({
      a: { '2026-08-20': 2 },
      b: { '2026-08-20': 1 },
      3: { '2026-08-20': 1 },
    })
    const two = await segmentation(project, { event: 'view', on: 'properties["page"]', limit: 1 })
    expect(two).toEqual({ a: { '2026-08-20': 2 } })
    const unknown = await segmentation(project, { event: 'view', on: 'user["plan"]', type: 'unique' })
    expect(unknown).toEqual({ undefined: { '2026-08-20': 2 } })
    expect(await segmentation(project, { event: 'view', on: 'string(properties["page"]) == "3"' })).toEqual({
      false: { '2026-08-20': 3 },
      true: { '2026-08-20': 1 },
    })
  })

  it.each<[Params, string]>([
    [{}, 'event is required'],
    [{ event: 'E', from_date: 'today' }, 'from_date must be a date of the form yyyy-mm-dd'],
    [{ event: 'E', to_date: '2026-08-19' }, 'from_date cannot be later than to_date'],
    [{ event: 'E', type: 'total' }, 'type must be one of general, unique, average'],
    [{ event: 'E', unit: 'year' }, 'unit must be one of minute, hour, day, week, month'],
    [{ event: 'E', unit: "day'; --" }, 'unit must be one of minute, hour, day, week, month'],
    [{ event: 'E', unit: 'toString' }, 'unit must be one of minute, hour, day, week, month'],
    [{ event: 'E', format: 'csv' }, 'format is not supported by this server'],
    [{ event: 'E', interval: 7 }, 'interval is not supported by this server'],
    [{ event: 'E', limit: 0 }, 'limit must be a number from 1 to 10000'],
    [{ event: 'E', where: '=' }, 'where is not understood at character 1: = is no operator: use =='],
    [{ event: 'E', on: '(' }, 'on is not understood at character 2: a value is expected here, not the end'],
    [
      { event: 'E', unit: 'minute', from_date: '2026-08-10' },
      'the answer would be too long: ask for fewer days, a longer unit or a smaller limit',
    ],
    [
      { event: 'E', unit: 'minute', on: '1', limit: 1_000 },
      'the answer would be too long: ask for fewer days, a longer unit or a smaller limit',
    ],
  ])('%j is refused (QRY-17)', async (params, error) => {
    const project = await server.createProject()
    const answer = await get(project, 'segmentation', { ...DAY, ...params })
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { request: expect.stringContaining('/api/query/segmentation?'), error },
    ])
  })

  it('counts as whoever reads the export and counts would (QRY-17)', async () => {
    const event = fc.record({
      event: fc.constantFrom('A', 'B'),
      user: fc.constantFrom('u', 'v', 'w'),
      minute: fc.integer({ min: 0, max: 4_000 }),
      copy: fc.constantFrom('1', '2'),
    })
    const start = Date.UTC(2026, 7, 1)
    const days = { from_date: '2026-08-01', to_date: '2026-08-03' }
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 40 }), async (all) => {
        const project = await server.createProject()
        const records = all.map(({ event, user, minute, copy }) => {
          const time = start + minute * 60_000
          return { event, properties: { time, distinct_id: user, $insert_id: `insert-${copy}` } }
        })
        await server.send(importJson(project.token, records))
        const kept = new Map(
          records.map(({ event, properties: own }) => [
            JSON.stringify([event, own.distinct_id, own.time, own.$insert_id]),
            { event, user: own.distinct_id, day: new Date(own.time).toISOString().slice(0, 10) },
          ]),
        )
        for (const type of ['general', 'unique', 'average']) {
          const { data } = await ask(project, 'segmentation', { ...days, event: 'A', type })
          for (const day of data.series) {
            const own = [...kept.values()].filter((one) => one.event === 'A' && one.day === day)
            const users = new Set(own.map((one) => one.user)).size
            const expected = { general: own.length, unique: users, average: own.length / (users || 1) }[type]
            expect(data.values['A']?.[day]).toBeCloseTo(expected ?? Number.NaN, 10)
          }
        }
      }),
      { numRuns: 25 },
    )
  })
})

describe('GET /api/query/segmentation/sum, …/average', () => {
  const NUMBERS = [{ price: 1.5, n: 2 }, { price: 2.5, n: 'two' }, { price: '9', n: 1 }, {}]

  async function sold(numbers: readonly object[] = NUMBERS): Promise<TestProject> {
    const history = await History.start(server, 'simplified')
    await history.sendEach('track', ...numbers.map((own, n): Sent => ['pay', { $user_id: `U${n}`, ...own }]))
    return history.project
  }

  it('answers in the documented form, byte for byte (QRY-17)', async () => {
    const project = await sold()
    const params = { ...DAY, from_date: '2026-08-19', event: 'pay', on: 'properties["price"]' }
    expect((await get(project, 'segmentation/sum', params)).body).toBe(
      '{"status":"ok","computed_at":"2026-08-20T12:00:00.123Z","results":{"2026-08-19":0,"2026-08-20":4}}',
    )
    expect((await get(project, 'segmentation/average', params)).body).toBe(
      '{"results":{"2026-08-19":0,"2026-08-20":1},"status":"ok"}',
    )
  })

  it.each([
    ['properties["price"] * properties["n"]', 3],
    ['number(properties["price"])', 13],
    ['properties["none"]', 0],
    ['"text"', 0],
    ['properties["price"] > 0', 0],
    ['-1', -4],
    ['1 / 0', 0],
  ])('of %s there are %d; what is no number counts 0 (QRY-17)', async (on, sum) => {
    const answer = await get(await sold(), 'segmentation/sum', { ...DAY, event: 'pay', on })
    expect(answer.json().results).toEqual({ '2026-08-20': sum })
  })

  it('by where and hour; nothing is too large to be added (QRY-17)', async () => {
    const project = await sold([{ price: 1e308 }, { price: 1e308 }, { price: 5e-324 }, { price: 1 }])
    const params = { ...DAY, event: 'pay', on: 'properties["price"]' }
    const all = await get(project, 'segmentation/sum', params)
    expect(all.json().results).toEqual({ '2026-08-20': Number.MAX_VALUE })
    const one = await get(project, 'segmentation/sum', {
      ...params,
      where: 'properties["price"] == 1',
      unit: 'hour',
    })
    const hours: readonly number[] = Object.values(one.json().results)
    expect([hours.length, hours.filter((sum) => sum > 0)]).toEqual([24, [1]])
  })

  it('without on there is nothing to add (QRY-17)', async () => {
    const project = await server.createProject()
    const answer = await get(project, 'segmentation/sum', { ...DAY, event: 'pay' })
    expect([answer.statusCode, answer.json().error]).toEqual([400, 'on is required'])
  })
})

describe('GET /api/query/events', () => {
  it('counts several events (QRY-18)', async () => {
    const project = await signUps()
    const answer = await ask(project, 'events', { event: '["view","pay","view","never"]', type: 'unique' })
    expect(answer).toEqual({
      data: {
        series: ['2026-08-20'],
        values: { view: { '2026-08-20': 2 }, pay: { '2026-08-20': 1 }, never: { '2026-08-20': 0 } },
      },
      legend_size: 3,
    })
    expect((await get(project, 'events', { ...DAY, event: 'view' })).json()).toEqual({
      request: expect.stringContaining('/api/query/events?'),
      error: 'event must be a JSON array of strings, such as ["Sign Up"]',
    })
    expect((await get(project, 'events', DAY)).json().error).toBe('event is required')
  })
})

describe('GET /api/query/events/names', () => {
  it('the names of the last 31 days, most frequent first, without identity events (QRY-18)', async () => {
    const history = await History.start(server, 'original')
    await history.sendEach(
      'track',
      ['rare', { distinct_id: 'a' }],
      ['often', { distinct_id: 'a' }],
      ['often', { distinct_id: 'a' }],
      ['often', { distinct_id: 'a' }],
      ['wide', { distinct_id: 'a' }],
      ['wide', { distinct_id: 'b' }],
      ['$identify', { distinct_id: 'a', $identified_id: 'a', $anon_id: 'b' }],
    )
    const old = { time: NOW_S - 32 * 86_400, distinct_id: 'a', $insert_id: 'old-one' }
    await server.send(importJson(history.project.token, [{ event: 'old', properties: old }]))
    const names = async (params: Params) => (await get(history.project, 'events/names', params)).json()
    expect(await names({})).toEqual(['often', 'wide', 'rare'])
    expect(await names({ type: 'unique' })).toEqual(['wide', 'often', 'rare'])
    expect(await names({ limit: 1 })).toEqual(['often'])
    expect(await names({ limit: 'x' })).toMatchObject({ error: 'limit must be a number from 1 to 10000' })
    expect(await names({ type: 'x' })).toMatchObject({
      error: 'type must be one of general, unique, average',
    })
  })
})

describe('GET /api/app/me', () => {
  it('the projects of a service account, and nothing of others (QRY-20)', async () => {
    const project = await server.createProject({ name: 'Shop', timezone: 'Europe/Berlin' })
    await server.createProject()
    const { username, secret } = project.service_account
    const answer = await server.send({ url: '/api/app/me', headers: basic(username, secret) })
    const { project_id: id } = project
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        status: 'ok',
        results: {
          organizations: { 1: { id: 1, name: 'Twinpanel' } },
          projects: {
            [id]: {
              id,
              name: 'Shop',
              timezone: 'Europe/Berlin',
              role: 'owner',
              organization_id: 1,
              has_workspaces: false,
            },
          },
          workspaces: {
            [id]: {
              id,
              name: 'All Project Data',
              project_id: id,
              is_default: true,
              is_global: true,
              is_restricted: false,
              is_visible: true,
            },
          },
        },
      },
    ])
    await server.db.pool.query(
      `update service_account set expires_at = to_timestamp($1) where username = $2`,
      [NOW_S, username],
    )
    expect((await server.send({ url: '/api/app/me', headers: basic(username, secret) })).statusCode).toBe(401)
  })

  it('any other credentials are refused (QRY-20)', async () => {
    const project = await server.createProject()
    const { username } = project.service_account
    for (const headers of [
      {},
      basic(project.secret),
      basic(username, 'x'),
      basic('a\0', 'x'),
      basic(username),
    ]) {
      const answer = await server.send({ url: '/api/app/me', headers })
      expect([answer.statusCode, answer.json()]).toEqual([
        401,
        { status: 'error', error: 'Invalid service account credentials' },
      ])
    }
  })
})
