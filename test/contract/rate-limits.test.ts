import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  importJson,
  NOW_S,
  startServer,
  type TestProject,
  type TestServer,
  toBase64,
  trackJson,
} from '../support/server.ts'

/*
 * What a project may be sent in a time, where it has been limited: at the bound, and one past it (RTL-01, RTL-07).
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const TOO_FAST = {
  code: 429,
  error: 'Project exceeded rate limits. Please retry the request with exponential backoff.',
  status: 'Too Many Requests',
}

const event = (token: string, at: number) => ({
  event: 'E',
  properties: { token, distinct_id: 'u', time: NOW_S, $insert_id: `i-${at}` },
})

const track = (project: TestProject, count: number) =>
  trackJson(Array.from({ length: count }, (_, at) => event(project.token, at)))

const WAYS: Readonly<Record<string, (project: TestProject, count: number) => InjectOptions>> = {
  '/track': track,
  '/import': ({ token }: TestProject, count: number) =>
    importJson(
      token,
      Array.from({ length: count }, (_, at) => event(token, at)),
    ),
  '/engage': ({ token }: TestProject, count: number) => {
    const update = { $token: token, $distinct_id: 'u', $add: { n: 1 } }
    return { ...trackJson(Array(count).fill(update)), url: '/engage' }
  },
  '/groups': ({ token }: TestProject, count: number) => {
    const update = { $token: token, $group_key: 'company', $group_id: 'g', $set: { n: 1 } }
    return { ...trackJson(Array(count).fill(update)), url: '/groups' }
  },
  '/track by GET': ({ token }: TestProject, count: number) => {
    const data = JSON.stringify(Array.from({ length: count }, (_, at) => event(token, at)))
    return { url: `/track?data=${encodeURIComponent(data)}`, payload: data }
  },
}

const OTHER_FORMS = ['?verbose=1', '?verbose=2', '?img=1', '?callback=f', '?redirect=http%3A%2F%2Fa.test']

describe('/import as a form', () => {
  const FORM_TOO_FAST =
    '{"error":"Project exceeded rate limits. Please retry the request with exponential backoff.","status":0}'

  it.each(['', '?verbose=1', '?strict=0'])(
    '%s is refused with status 0, by POST and by GET (IMP-30, IMP-27)',
    async (query) => {
      const project = await server.createProject({ settings: { ingestion_events_per_second: 1 } })
      const data = `data=${toBase64([event(project.token, 1), event(project.token, 2)])}`
      const headers = {
        ...basic(project.token),
        'content-type': 'application/x-www-form-urlencoded',
      }
      for (const request of [
        { method: 'POST', url: `/import${query}`, headers, payload: data },
        {
          method: 'GET',
          url: `/import${query === '' ? '?' : `${query}&`}${data}`,
          headers: basic(project.token),
        },
      ] as const) {
        const refused = await server.send(request)
        expect([refused.statusCode, refused.headers['retry-after'], refused.body]).toEqual([
          429,
          '1',
          FORM_TOO_FAST,
        ])
        expect(refused.headers['content-type']).toBe('application/json')
        expect(refused.headers['twinpanel-verdict']).toContain('limit.rate')
      }
      server.clock.nowMs += 1_000
    },
  )
})

describe.each(Object.entries(WAYS))('%s', (_path, requestOf) => {
  it('events per second, at the bound and one past it (RTL-01, TRK-27, IMP-30)', async () => {
    const project = await server.createProject({ settings: { ingestion_events_per_second: 10 } })
    const send = (count: number) => server.send(requestOf(project, count))
    expect([(await send(4)).statusCode, (await send(6)).statusCode]).toEqual([200, 200])
    const refused = await send(1)
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([429, '1', TOO_FAST])
    expect(refused.headers['twinpanel-verdict']).toBe('1; limit.rate')
    const { verdicts } = (
      await server.send({ url: `/_twin/projects/${project.token}/verdicts?code=limit.rate` })
    ).json()
    expect(verdicts).toMatchObject([{ code: 'limit.rate', outcome: 'rejected' }])
    server.clock.nowMs += 1_000
    expect((await send(1)).statusCode).toBe(200)
  })

  it('is told in JSON whatever form of answer was asked for, and to browsers (RTL-07, TRK-27, SEC-09)', async () => {
    const project = await server.createProject({ settings: { ingestion_events_per_second: 1 } })
    const request = requestOf(project, 2)
    for (const query of OTHER_FORMS) {
      const url = String(request.url).includes('?') ? `${request.url}&${query.slice(1)}` : request.url + query
      const headers = { ...request.headers, origin: 'https://a.test' }
      const refused = await server.send({ ...request, url, headers })
      expect([query, refused.statusCode, refused.json()]).toEqual([query, 429, TOO_FAST])
      // Imports are not for browsers (SEC-10).
      const exposed = String(request.url).startsWith('/import')
        ? undefined
        : expect.stringContaining('Retry-After')
      expect(refused.headers['access-control-expose-headers']).toEqual(exposed)
    }
    expect(await server.readEvents(project.token)).toEqual([])
  })

  it('whoever waits as long as Retry-After says is served (TRK-27)', async () => {
    const first = await server.createProject()
    const bytes = Buffer.byteLength(String(requestOf(first, 1).payload))
    const settings = { ingestion_bytes_per_minute: bytes }
    const project = await server.createProject({ token: `v${first.token.slice(1)}`, settings })
    expect((await server.send(requestOf(project, 1))).statusCode).toBe(200)
    for (let turn = 0; turn < 2; turn++) {
      const refused = await server.send(requestOf(project, 1))
      expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '60'])
      server.clock.nowMs += 60_000
      expect((await server.send(requestOf(project, 1))).statusCode).toBe(200)
    }
  })

  it('bytes per minute (RTL-01)', async () => {
    const first = await server.createProject()
    const bytes = Buffer.byteLength(String(requestOf(first, 2).payload))
    const settings = { ingestion_bytes_per_minute: bytes }
    const project = await server.createProject({ token: `u${first.token.slice(1)}`, settings })
    expect((await server.send(requestOf(project, 2))).statusCode).toBe(200)
    server.clock.nowMs += 30_000
    expect((await server.send(requestOf(project, 1))).statusCode).toBe(429)
    server.clock.nowMs += 61_000
    expect((await server.send(requestOf(project, 1))).statusCode).toBe(200)
  })
})

describe('rate limits', () => {
  it('are off, and those of one project are not those of another (RTL-07)', async () => {
    const limited = await server.createProject({ settings: { ingestion_events_per_second: 1 } })
    const free = await server.createProject()
    for (let at = 0; at < 5; at++) {
      expect((await server.send(track(free, 100))).statusCode).toBe(200)
    }
    expect((await server.send(track(limited, 2))).statusCode).toBe(429)
    expect((await server.send(track(free, 1))).statusCode).toBe(200)
  })

  const ofSeconds = { ingestion_events_per_second: 1 }
  const ofMinutes = { ingestion_bytes_per_minute: 1 }

  it.each([
    ['seconds first', [ofSeconds, ofMinutes, {}], '60'],
    ['minutes first', [ofMinutes, ofSeconds, {}], '60'],
    ['both of one project', [{ ...ofSeconds, ...ofMinutes }], '60'],
    ['none of the first project', [{}, ofSeconds], '1'],
  ])(
    'Retry-After is the longest wait of all that is used up: %s (TRK-27, RTL-01)',
    async (_order, all, wait) => {
      const projects = await Promise.all(all.map((settings) => server.createProject({ settings })))
      const tokens = [...projects, ...projects].map(({ token }) => token)
      const profile = ($token: string) => ({ $token, $distinct_id: 'u', $set: { n: 1 } })
      for (const [url, records] of [
        ['/track', tokens.map(event)],
        ['/engage', tokens.map(profile)],
      ] as const) {
        const refused = await server.send({ ...trackJson(records), url })
        expect([url, refused.statusCode, refused.headers['retry-after']]).toEqual([url, 429, wait])
      }
    },
  )

  it.each(['GET', 'POST', 'DELETE'] as const)(
    '%s of Lexicon schemas is not served, so nothing of it is limited (RTL-06)',
    async (method) => {
      const { project_id, service_account } = await server.createProject()
      const headers = basic(service_account.username, service_account.secret)
      for (const path of ['schemas', 'schemas/event', 'schemas/event/E']) {
        const url = `/api/app/projects/${project_id}/${path}`
        const answers = [await server.send({ method, url, headers }), await server.send({ method, url })]
        for (const answer of answers) {
          expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([
            404,
            '1; endpoint.not_served',
          ])
        }
      }
    },
  )

  it('what is refused counts too (RTL-08)', async () => {
    const project = await server.createProject({ settings: { ingestion_events_per_second: 2 } })
    const bad = () => server.send(importJson(project.token, [{ event: '' }]))
    expect([(await bad()).statusCode, (await bad()).statusCode, (await bad()).statusCode]).toEqual([
      400, 400, 429,
    ])
  })

  it('what cannot be read counts as one record (RTL-08)', async () => {
    const project = await server.createProject({ settings: { ingestion_events_per_second: 2 } })
    const bad = () => server.send({ ...importJson(project.token, []), payload: '[{' })
    expect([(await bad()).statusCode, (await bad()).statusCode, (await bad()).statusCode]).toEqual([
      400, 400, 429,
    ])
  })

  it('are told with how to slow down (RTL-09)', async () => {
    const { verdicts } = (await server.send({ url: '/_twin/verdicts' })).json()
    const told = verdicts.find((entry: { code: string }) => entry.code === 'limit.rate')
    expect(told.advice).toMatch(/exponential backoff from 2 s to 60 s.*jitter/)
  })
})
