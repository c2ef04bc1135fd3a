import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  importJson,
  NOW_MS,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * Reading back: the raw export (QRY-01 to QRY-07), the events of the twin API, and where duplicates count
 * (DDP-01 to DDP-08). Tools that read Mixpanel read this.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer({ adminToken: 'admin-token' })
})
afterAll(() => server.close())

const DAY_S = 86_400
const today = new Date(NOW_MS).toISOString().slice(0, 10)

function event(properties: object = {}, name = 'E') {
  return { event: name, properties: { time: NOW_S - 60, distinct_id: 'u', $insert_id: 'id', ...properties } }
}

async function imported(records: readonly object[], body: object = {}): Promise<TestProject> {
  const project = await server.createProject(body)
  const answer = await server.send(importJson(project.token, records))
  expect(answer.statusCode).toBe(200)
  return project
}

function ask(project: TestProject, query: string, headers: object = {}) {
  const url = `/api/2.0/export?from_date=2020-01-01&to_date=${today}&${query}`
  return server.send({ url, headers: { ...basic(project.secret), ...headers } })
}

async function lines(project: TestProject, query = '') {
  const { body } = await ask(project, query)
  const texts = body.split('\n')
  expect(texts.pop()).toBe('')
  return texts.map((text) => JSON.parse(text) as { event: string; properties: Record<string, unknown> })
}

describe('export', () => {
  it('a line for each event, time in seconds, cut (QRY-02, QRY-03, QRY-04, IMP-24)', async () => {
    const project = await imported([event({ time: 1_602_611_311_987, plan: 'x' })])
    const answer = await ask(project, '')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('text/plain')
    expect(answer.body.endsWith('}\n')).toBe(true)
    expect(JSON.parse(answer.body)).toEqual({
      event: 'E',
      properties: {
        time: 1_602_611_311,
        distinct_id: 'u',
        $insert_id: 'id',
        $mp_api_endpoint: 'api.mixpanel.com',
        $mp_api_timestamp_ms: NOW_MS,
        mp_processing_time_ms: NOW_MS,
        $mp_event_size: expect.any(Number),
        $import: true,
        plan: 'x',
        $user_id: 'u',
      },
    })
    const inMs = await lines(project, 'time_in_ms=true')
    expect(inMs[0]?.properties['time']).toBe(1_602_611_311_987)
  })

  it('nothing is an empty body (QRY-02)', async () => {
    const answer = await ask(await server.createProject(), '')
    expect([answer.statusCode, answer.body]).toEqual([200, ''])
  })

  it('by time, then by arrival; QRY-01: event and limit (QRY-05)', async () => {
    const records = [event({ n: 1 }, 'B'), event({ n: 2, time: NOW_S - 120 }, 'A'), event({ n: 3 }, 'A')]
    const project = await imported(records)
    const numbers = async (query: string) => (await lines(project, query)).map((line) => line.properties['n'])
    expect(await numbers('')).toEqual([2, 1, 3])
    expect(await numbers(`event=${encodeURIComponent('["A"]')}`)).toEqual([2, 3])
    expect(await numbers('limit=2')).toEqual([2, 1])
    expect(await numbers(`event=${encodeURIComponent('[]')}`)).toEqual([])
  })

  it('at the same moment, a batch is in its own order (GEN-07)', async () => {
    const project = await imported(Array.from({ length: 40 }, (_, n) => event({ n, $insert_id: `id-${n}` })))
    expect((await lines(project)).map((line) => line.properties['n'])).toEqual(
      Array.from({ length: 40 }, (_, n) => n),
    )
  })

  it('all of more events than a page holds, each once (QRY-05)', async () => {
    const project = await server.createProject()
    for (let batch = 0; batch < 2; batch++) {
      const records = Array.from({ length: 1_500 }, (_, i) =>
        event({ $insert_id: `${batch}-${i}`, time: NOW_S - (i % 7) }),
      )
      await server.send(importJson(project.token, records))
    }
    const ids = (await lines(project)).map((line) => line.properties['$insert_id'])
    expect([ids.length, new Set(ids).size]).toEqual([3_000, 3_000])
    expect(await lines(project, 'limit=1700')).toHaveLength(1_700)
  })

  it('gzip where it is asked for and worth it (QRY-06)', async () => {
    const small = await imported([event()])
    const large = await imported(Array.from({ length: 50 }, (_, i) => event({ $insert_id: `id-${i}` })))
    const gzip = { 'accept-encoding': 'gzip, deflate' }
    expect((await ask(small, '', gzip)).headers['content-encoding']).toBeUndefined()
    expect((await ask(large, '')).headers['content-encoding']).toBeUndefined()
    const answer = await ask(large, '', gzip)
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(answer.rawPayload).toString().trim().split('\n')).toHaveLength(50)
  })

  it.each([
    ['UTC', 'utc', '2026-03-01', ['b', 'c']],
    ['America/New_York', 'utc', '2026-03-01', ['b', 'c']],
    ['Asia/Tokyo', 'utc', '2026-03-01', ['b', 'c']],
    ['UTC', 'project', '2026-03-01', ['b', 'c']],
    ['America/New_York', 'project', '2026-03-01', ['c', 'd']],
    ['Asia/Tokyo', 'project', '2026-03-01', ['a', 'b']],
  ])('of a project in %s, export_days %s (QRY-07)', async (timezone, export_days, day, expected) => {
    const at = (iso: string) => ({ time: Date.parse(iso), $insert_id: iso.replaceAll(/[^0-9]/g, '') })
    const project = await imported(
      [
        event({ ...at('2026-02-28T15:00:00.000Z') }, 'a'),
        event({ ...at('2026-03-01T00:00:00.000Z') }, 'b'),
        event({ ...at('2026-03-01T23:59:59.999Z') }, 'c'),
        event({ ...at('2026-03-02T04:59:59.999Z') }, 'd'),
      ],
      { timezone, settings: { export_days } },
    )
    const url = `/api/2.0/export?from_date=${day}&to_date=${day}`
    const answer = await server.send({ url, headers: basic(project.secret) })
    const names = answer.body
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event)
    expect(names).toEqual(expected)
  })

  it.each([
    ['', 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-01-01', 'to_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-02-30&to_date=2026-03-01', 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=01/02/2026&to_date=2026-03-01', 'from_date must be a date of the form yyyy-mm-dd'],
    ['from_date=2026-03-02&to_date=2026-03-01', 'from_date cannot be later than to_date'],
    ['from_date=2026-01-01&to_date=2026-08-21', 'to_date cannot be later than today'],
    [
      'from_date=2026-01-01&to_date=2026-01-02&event=E',
      'event must be a JSON array of strings, such as ["Sign Up"]',
    ],
    ['from_date=2026-01-01&to_date=2026-01-02&limit=100001', 'limit must be a number from 1 to 100000'],
    ['from_date=2026-01-01&to_date=2026-01-02&limit=0', 'limit must be a number from 1 to 100000'],
    [
      'from_date=2026-01-01&to_date=2026-01-02&where=properties["a"]%3D1',
      'where is not understood at character 16: = is no operator: use ==',
    ],
  ])('%s is refused in plain text (QRY-07)', async (query, text) => {
    const { secret } = await server.createProject()
    const answer = await server.send({ url: `/api/2.0/export?${query}`, headers: basic(secret) })
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      400,
      'text/plain',
      text,
    ])
  })

  it.each([
    ['project', '2026-08-21', 'America/New_York'],
    ['utc', '2026-08-22', 'UTC'],
  ])(
    'a day that is still to come, export_days %s: it is told why (QRY-07)',
    async (export_days, day, zone) => {
      const { secret, token } = await server.createProject({
        timezone: 'America/New_York',
        settings: { export_days },
      })
      const url = `/api/2.0/export?from_date=2026-01-01&to_date=${day}`
      const answer = await server.send({ url, headers: basic(secret) })
      expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([
        400,
        '1; query.export_future_date',
      ])
      const admin = { authorization: 'Bearer admin-token' }
      const read = { url: `/_twin/projects/${token}/verdicts`, headers: admin }
      const { verdicts } = (await server.send(read)).json()
      expect(verdicts).toMatchObject([
        {
          endpoint: '/api/2.0/export',
          outcome: 'rejected',
          code: 'query.export_future_date',
          message: `to_date ${day} is in the future: the days of this export are in ${zone}, where it is 2026-08-20.`,
        },
      ])
    },
  )

  it.each([
    ['/api/2.0/export?fromdate=2026-08-20&to_date=2026-08-20', 400],
    ['/api/2.0/export?from_date=2026-08-20&to_date=2026-08-20&events=["E"]', 200],
    ['/api/query/events/names?type=general&limt=1', 200],
    ['/api/query/segmentation?event=E&from=2026-08-20&to_date=2026-08-20', 400],
  ])('%s: a misspelt parameter is ignored, and named (QRY-22, DIA-121)', async (url, status) => {
    const { secret, token } = await server.createProject()
    const answer = await server.send({ url, headers: basic(secret) })
    expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([
      status,
      '1; query.misspelt_parameter',
    ])
    const read = {
      url: `/_twin/projects/${token}/verdicts`,
      headers: { authorization: 'Bearer admin-token' },
    }
    const outcome = status === 200 ? 'no_effect' : 'rejected'
    expect((await server.send(read)).json().verdicts).toMatchObject([
      { code: 'query.misspelt_parameter', outcome },
    ])
  })

  it('in the body of a query it is named too (QRY-22, DIA-121)', async () => {
    const { secret } = await server.createProject()
    const headers = { ...basic(secret), 'content-type': 'application/x-www-form-urlencoded' }
    const payload = 'output-properties=%5B%22plan%22%5D'
    const answer = await server.send({ method: 'POST', url: '/api/query/engage', headers, payload })
    expect(answer.headers['twinpanel-verdict']).toBe('1; query.misspelt_parameter')
  })

  it('a secret, an account and the admin token open it; a project token does not (QRY-01, SEC-03)', async () => {
    const project = await imported([event()])
    const { username, secret } = project.service_account
    const url = `/api/2.0/export?from_date=2020-01-01&to_date=${today}&project_id=${project.project_id}`
    const status = async (headers: Record<string, string>) => (await server.send({ url, headers })).statusCode
    expect(await status(basic(project.secret))).toBe(200)
    expect(await status(basic(username, secret))).toBe(200)
    expect(await status({ authorization: 'Bearer admin-token' })).toBe(200)
    expect(await status(basic(project.token))).toBe(401)
    expect(await status(basic(username, 'wrong'))).toBe(401)
    expect(await status({})).toBe(401)
  })

  it('with retention, what is older is not exported (IMP-21)', async () => {
    const project = await server.createProject()
    await server.send(importJson(project.token, [event({ time: NOW_S - 800 * DAY_S }), event()]))
    const headers = { authorization: 'Bearer admin-token' }
    const payload = { settings: { retention_days: 730 } }
    await server.send({ method: 'PATCH', url: `/_twin/projects/${project.token}`, headers, payload })
    expect(await lines(project)).toHaveLength(1)
  })

  it('api_endpoint is what the project says (TRK-36, PRP-01)', async () => {
    const project = await imported([event()], { settings: { api_endpoint: 'api-eu.mixpanel.com' } })
    expect((await lines(project))[0]?.properties['$mp_api_endpoint']).toBe('api-eu.mixpanel.com')
  })
})

describe('duplicates', () => {
  it.each([
    ['all four equal, another property (DDP-01)', {}, 1, ['second']],
    ['time 1 ms apart (DDP-01)', { time: (NOW_S - 60) * 1_000 + 1 }, 2, ['first', 'second']],
    ['another distinct_id (DDP-01)', { distinct_id: 'v' }, 2, ['first', 'second']],
    ['another case of $insert_id (DDP-08)', { $insert_id: 'ID' }, 2, ['first', 'second']],
  ])('%s', async (_name, difference, count, versions) => {
    const project = await imported([event({ v: 'first', time: (NOW_S - 60) * 1_000 })])
    const second = event({ v: 'second', time: (NOW_S - 60) * 1_000, ...difference })
    await server.send(importJson(project.token, [second]))
    const events = await server.readEvents(project.token)
    expect(events).toHaveLength(count)
    expect(events.map((e) => e.properties['v'])).toEqual(versions)
    expect(await lines(project)).toHaveLength(2)
  })

  it('the version that arrived last wins, whichever endpoint brought it (DDP-02, GEN-08)', async () => {
    const project = await imported([event({ price: 1 })])
    const again = { ...event({ price: 2, token: project.token }) }
    await server.send(trackJson([again]))
    expect((await server.readEvents(project.token)).map((e) => e.properties['price'])).toEqual([2])
    expect((await lines(project)).map((line) => line.properties['price'])).toEqual([1, 2])
  })

  it('the version that arrived last wins, also after the clock was set back (DDP-02)', async () => {
    const project = await imported([event({ price: 1 })])
    server.clock.nowMs -= 5_000
    await server.send(importJson(project.token, [event({ price: 2 })]))
    const ofLegacy = await server.createProject({ id_management: 'legacy' })
    server.clock.nowMs += 5_000
    await server.send(importJson(ofLegacy.token, [event({ price: 1 })]))
    server.clock.nowMs -= 5_000
    await server.send(importJson(ofLegacy.token, [event({ price: 2 })]))
    server.clock.nowMs += 5_000
    for (const { token } of [project, ofLegacy]) {
      expect((await server.readEvents(token)).map((e) => e.properties['price'])).toEqual([2])
    }
  })

  it('three times the same is three lines and one event (DDP-03)', async () => {
    const project = await imported([event(), event(), event()])
    expect(await lines(project)).toHaveLength(3)
    expect(await server.readEvents(project.token)).toHaveLength(1)
  })

  it('events without $insert_id never count as duplicates (DDP-05)', async () => {
    const { token } = await server.createProject()
    const record = { event: 'E', properties: { token, distinct_id: 'u', time: NOW_S - 60 } }
    await server.send(trackJson([record, record]))
    expect(await server.readEvents(token)).toHaveLength(2)
  })

  it('future times are compared as they were stored (DDP-07)', async () => {
    const { token } = await server.createProject()
    const record = { event: 'E', properties: { token, distinct_id: 'u', time: NOW_S + 60, $insert_id: 'i' } }
    await server.send(trackJson([record]))
    server.clock.nowMs += 1
    await server.send(trackJson([record]))
    server.clock.nowMs -= 1
    expect(await server.readEvents(token)).toHaveLength(2)
  })

  it('a batch sent again with its bad id mended adds what was missing (IMP-23)', async () => {
    const project = await server.createProject()
    const batch = (id: string) => [event({ $insert_id: 'good' }), event({ $insert_id: id })]
    expect((await server.send(importJson(project.token, batch('bad:id')))).statusCode).toBe(400)
    expect((await server.send(importJson(project.token, batch('mended')))).json().num_records_imported).toBe(
      2,
    )
    expect(await server.readEvents(project.token)).toHaveLength(2)
    expect(await lines(project)).toHaveLength(3)
  })
})
