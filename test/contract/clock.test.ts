import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  importJson,
  NOW_MS,
  NOW_S,
  startServer,
  startSharedServers,
  type TestServer,
  trackJson,
} from '../support/server.ts'

/*
 * A project's own clock (QRY-21): windows, future times and retention that no test can wait for. It is the clock of
 * that project only, on every server, from the next commit on.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const DAY_MS = 86_400_000
const DAY_S = 86_400
const json = { 'content-type': 'application/json' }

function setClock(project: string, body: unknown, by: Pick<TestServer, 'send'> = server) {
  const url = `/_twin/projects/${project}/clock`
  return by.send({ method: 'PUT', url, headers: json, payload: JSON.stringify(body) })
}

async function readClock(project: string) {
  return (await server.send({ url: `/_twin/projects/${project}/clock` })).json()
}

const event = (token: string, properties: object = {}) => {
  return { event: 'E', properties: { token, distinct_id: 'u', ...properties } }
}

/** Tracks records in one request; out: the body and the verdicts of the answer. */
async function track(...records: readonly object[]) {
  const answer = await server.send(trackJson(records))
  return [answer.body, answer.headers['twinpanel-verdict']]
}

describe('the clock', () => {
  it('is the server’s until it is set, runs on from there, and is given back (QRY-21)', async () => {
    const { token } = await server.createProject()
    const real = { now: '2026-08-20T12:00:00.123Z', now_ms: NOW_MS, offset_ms: 0 }
    expect(await readClock(token)).toEqual(real)
    const set = await setClock(token, { now: '2027-01-01T00:00:00Z' })
    const newYear = Date.UTC(2027, 0, 1)
    const moved = { now: '2027-01-01T00:00:00.000Z', now_ms: newYear, offset_ms: newYear - NOW_MS }
    expect([set.statusCode, set.json()]).toEqual([200, moved])
    server.clock.nowMs += 1_500
    expect(await readClock(token)).toMatchObject({ now: '2027-01-01T00:00:01.500Z' })
    server.clock.nowMs = NOW_MS
    const url = `/_twin/projects/${token}`
    expect((await server.send({ url })).json().clock).toEqual({ offset_ms: newYear - NOW_MS })
    const given = await server.send({ method: 'DELETE', url: `${url}/clock` })
    expect([given.statusCode, given.body]).toEqual([204, ''])
    expect(await readClock(token)).toEqual(real)
    expect((await server.send({ url })).json()).not.toHaveProperty('clock')
  })

  it.each([
    [{ now: NOW_MS + DAY_MS }, DAY_MS],
    [{ now: '2026-08-21T14:00:00.123+02:00' }, DAY_MS],
    [{ now: '2026-08-21' }, Date.UTC(2026, 7, 21) - NOW_MS],
    [{ now: '1971-01-01T00:00:00Z' }, Date.UTC(1971, 0, 1) - NOW_MS],
    [{ offset_ms: -DAY_MS }, -DAY_MS],
    [{ offset_ms: 0 }, 0],
  ])('is set by %j (QRY-21)', async (body, offsetMs) => {
    const { token } = await server.createProject()
    expect((await setClock(token, body)).json().offset_ms).toBe(offsetMs)
  })

  it.each([
    [{}, 'Give now or offset_ms: one of the two.'],
    [{ now: NOW_MS, offset_ms: 0 }, 'Give now or offset_ms: one of the two.'],
    [{ now: '2026-08-20T12:00:00' }, 'now must be a time with its zone'],
    [{ now: '2026-02-30' }, 'now must be a time with its zone'],
    [{ now: '2026-08-20T25:00:00Z' }, 'now must be a time with its zone'],
    [{ now: 'tomorrow' }, 'now must be a time with its zone'],
    [{ now: '1970-12-31T23:59:59Z' }, 'The clock can show the years 1971 to 2199.'],
    [{ now: NOW_S }, 'The clock can show the years 1971 to 2199.'],
    [{ offset_ms: 200 * 365 * DAY_MS }, 'The clock can show the years 1971 to 2199.'],
    [{ offset_ms: 0.5 }, 'offset_ms must be an integer.'],
    [{ offset_ms: '5' }, 'offset_ms must be an integer.'],
    [{ now: null }, 'now must be a string or an integer.'],
    [{ later: 1 }, 'The body has the unknown field "later".'],
    [[], 'The body must be an object.'],
  ])('is not set by %j (QRY-21)', async (body, detail) => {
    const { token } = await server.createProject()
    const answer = await setClock(token, body)
    expect([answer.statusCode, answer.json().detail]).toEqual([400, expect.stringContaining(detail)])
    expect(await readClock(token)).toMatchObject({ offset_ms: 0 })
  })

  it('whatever is asked for, the clock shows a year from 1971 to 2199 or stays (QRY-21)', async () => {
    const { token } = await server.createProject()
    const moment = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.string(), fc.date().map(String))
    const body = fc.oneof(fc.record({ now: moment }), fc.record({ offset_ms: fc.oneof(fc.double(), moment) }))
    await fc.assert(
      fc.asyncProperty(body, async (asked) => {
        const before = await readClock(token)
        const answer = await setClock(token, asked)
        expect([200, 400]).toContain(answer.statusCode)
        const after = await readClock(token)
        if (answer.statusCode === 400) expect(after).toEqual(before)
        expect(after.now_ms).toBeGreaterThanOrEqual(Date.UTC(1971, 0, 1))
        expect(after.now_ms).toBeLessThan(Date.UTC(2200, 0, 1))
      }),
    )
  })

  it('of a project that nobody has is not there (QRY-21)', async () => {
    expect((await setClock('nobody', { offset_ms: 1 })).statusCode).toBe(404)
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await server.send({ method, url: '/_twin/projects/nobody/clock' })).statusCode).toBe(404)
    }
  })

  it('a reset gives it back, as a test that begins with one expects (QRY-21)', async () => {
    const { token } = await server.createProject()
    await setClock(token, { offset_ms: DAY_MS })
    await server.send({ method: 'POST', url: `/_twin/projects/${token}/reset` })
    expect(await readClock(token)).toMatchObject({ offset_ms: 0 })
    await track(event(token))
    expect((await server.readEvents(token))[0]?.time).toBe(NOW_MS)
  })
})

describe('what comes in is judged by the clock of its project', () => {
  it.each([
    ['offset_ms', { offset_ms: 5 * DAY_MS + 1_000 }],
    ['now', { now: new Date(NOW_MS + 5 * DAY_MS + 1_000).toISOString() }],
  ])('by %s, an event that was taken is too old (TRK-28)', async (_by, body) => {
    const { token } = await server.createProject()
    const sent = event(token, { time: NOW_S - 10, $insert_id: 'one' })
    expect(await track(sent)).toEqual(['1', undefined])
    await setClock(token, body)
    expect(await track(sent)).toEqual(['1', '1; time.too_old_for_track'])
    await server.send({ method: 'DELETE', url: `/_twin/projects/${token}/clock` })
    expect(await track(sent)).toEqual(['1', undefined])
    const times = (await server.readEvents(token)).map((own) => own.received_at)
    expect(times).toEqual([new Date(NOW_MS).toISOString()])
  })

  it('a future time, and none, become the time of receipt by that clock (TRK-29, TRK-30)', async () => {
    const { token } = await server.createProject()
    await setClock(token, { offset_ms: DAY_MS })
    const sent = [
      event(token, { time: NOW_S + DAY_S + 7_200 }),
      event(token),
      event(token, { time: NOW_S + 60 }),
    ]
    expect(await track(...sent)).toEqual(['1', '1; time.future_overwritten'])
    const events = await server.readEvents(token)
    const times = events.map((own) => own.time).toSorted()
    expect(times).toEqual([(NOW_S + 60) * 1_000, NOW_MS + DAY_MS, NOW_MS + DAY_MS])
    expect(events.map((own) => own.properties['mp_processing_time_ms'])).toEqual(
      events.map(() => NOW_MS + DAY_MS),
    )
  })

  it('records of several projects in one request have a clock each (QRY-21)', async () => {
    const [ahead, real, behind] = [
      await server.createProject(),
      await server.createProject(),
      await server.createProject(),
    ]
    await setClock(ahead.token, { offset_ms: 6 * DAY_MS })
    await setClock(behind.token, { offset_ms: -DAY_MS })
    const sent = [ahead, real, behind].map(({ token }) => event(token, { time: NOW_S - 10 }))
    expect(await track(...sent)).toEqual(['1', '2; time.too_old_for_track,time.future_overwritten'])
    expect(await server.readEvents(ahead.token)).toEqual([])
    expect((await server.readEvents(real.token)).map((own) => own.time)).toEqual([(NOW_S - 10) * 1_000])
    const [late] = await server.readEvents(behind.token)
    expect([late?.time, late?.received_at]).toEqual([
      NOW_MS - DAY_MS,
      new Date(NOW_MS - DAY_MS).toISOString(),
    ])
    const told = await server.send({ url: `/_twin/projects/${ahead.token}/verdicts` })
    expect(told.json().verdicts[0].received_at).toBe(new Date(NOW_MS + 6 * DAY_MS).toISOString())
  })

  it('the windows of an import are those of that clock (IMP-20, IMP-21)', async () => {
    const { token } = await server.createProject({ settings: { retention_days: 30 } })
    const send = async (time: number) => {
      const properties = { time, distinct_id: 'u', $insert_id: `i${time}` }
      const answer = await server.send(importJson(token, [{ event: 'E', properties }]))
      return answer.json().failed_records?.[0]?.message ?? 'imported'
    }
    const tomorrow = NOW_S + DAY_S
    const weeksAgo = NOW_S - 29 * DAY_S
    expect(await send(tomorrow)).toContain('must not be in the future')
    expect(await send(weeksAgo)).toBe('imported')
    await setClock(token, { offset_ms: 2 * DAY_MS })
    expect(await send(tomorrow)).toBe('imported')
    expect(await send(weeksAgo)).toContain('outside of the retention window')
  })

  it('a profile’s now is that clock’s (ENG-26)', async () => {
    const { token } = await server.createProject()
    await setClock(token, { now: '2031-05-06T07:08:09Z' })
    const update = { $token: token, $distinct_id: 'u', $set: { seen: 'now' } }
    await server.send({ method: 'POST', url: '/engage', headers: json, payload: JSON.stringify([update]) })
    const user = await server.send({ url: `/_twin/projects/${token}/users/u` })
    expect(user.json().profile.$last_seen).toBe('2031-05-06T07:08:09')
  })

  it('time that the clock leaps over makes a verdict due (IDS-24)', async () => {
    const { token } = await server.createProject()
    const ids = { $anon_distinct_id: '$device:D', $device_id: 'D', $user_id: 'u' }
    await track({ event: '$identify', properties: { token, distinct_id: 'u', ...ids } })
    const codes = async () => {
      const told = await server.send({ url: `/_twin/projects/${token}/verdicts` })
      return told.json<{ verdicts: { code: string }[] }>().verdicts.map(({ code }) => code)
    }
    expect(await codes()).toEqual(['identity.identify_noop'])
    await setClock(token, { offset_ms: 61_000 })
    expect(await codes()).toEqual(['identity.identify_noop', 'identity.no_event_after_identify'])
  })
})

describe('what is read is read at the time of that clock', () => {
  it('today, and what is still kept (QRY-02, IMP-21)', async () => {
    const project = await server.createProject({ settings: { retention_days: 3 } })
    const { token } = project
    await track(event(token, { time: NOW_S - 10 }))
    const exported = async (day: string) => {
      const url = `/api/2.0/export?from_date=2026-08-20&to_date=${day}`
      const answer = await server.send({ url, headers: basic(project.secret) })
      return [answer.statusCode, answer.body.split('\n').length - 1]
    }
    expect(await exported('2026-08-20')).toEqual([200, 1])
    expect((await exported('2026-08-22'))[0]).toBe(400)
    await setClock(token, { offset_ms: 2 * DAY_MS })
    expect(await exported('2026-08-22')).toEqual([200, 1])
    await setClock(token, { offset_ms: 4 * DAY_MS })
    expect(await exported('2026-08-22')).toEqual([200, 0])
  })

  it('what is explained belongs to no project, and has the server’s time (QRY-21)', async () => {
    const { token } = await server.createProject()
    await setClock(token, { offset_ms: 30 * DAY_MS })
    const answer = await server.send({
      method: 'POST',
      url: '/_twin/explain',
      headers: json,
      payload: JSON.stringify({ records: [event(token, { time: NOW_S - 10 })] }),
    })
    expect(answer.json().modes.simplified.records[0].outcome).toBe('stored')
  })

  it('limits on how often stay in real time (RTL-01)', async () => {
    const { token } = await server.createProject({ settings: { ingestion_events_per_second: 1 } })
    await track(event(token))
    await setClock(token, { offset_ms: DAY_MS })
    expect((await server.send(trackJson([event(token)]))).statusCode).toBe(429)
  })
})

describe('several servers', () => {
  it('judge by the new time from the next record on, whichever of them was told (QRY-21)', async () => {
    const servers = await startSharedServers(3)
    const [first, second, third] = servers.apps
    if (first === undefined || second === undefined || third === undefined) throw new Error('three servers')
    const { token } = await servers.createProject()
    const sent = trackJson([event(token, { time: NOW_S - 10, $insert_id: 'one' })])
    const codes = async () => {
      const answers = await Promise.all(servers.apps.map((app) => app.inject(sent)))
      return answers.map((answer) => answer.headers['twinpanel-verdict'])
    }
    const url = `/_twin/projects/${token}/clock`
    for (const app of [second, third]) {
      expect(await codes()).toEqual([undefined, undefined, undefined])
      const payload = JSON.stringify({ offset_ms: 6 * DAY_MS })
      expect((await app.inject({ method: 'PUT', url, headers: json, payload })).statusCode).toBe(200)
      expect(await codes()).toEqual(servers.apps.map(() => '1; time.too_old_for_track'))
      expect((await first.inject({ method: 'DELETE', url })).statusCode).toBe(204)
    }
    expect(await codes()).toEqual([undefined, undefined, undefined])
    await servers.close()
  })
})
