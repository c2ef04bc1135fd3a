import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { UNSERVED_ROUTES } from '../../src/core/paths/unserved-routes.ts'
import { startServer, type TestServer } from '../support/server.ts'

/* Paths that are not served: which of them is a mistake that can be named, and which only Mixpanel has. */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.db.pool.query('delete from verdict')
  server.clock.nowMs += 3_600_000
})

const NOT_FOUND = '{"code":404,"error":"not found","status":"Not Found"}'

async function unrouted() {
  return (await server.send({ url: '/_twin/verdicts/unrouted?limit=1000' })).json().verdicts
}

describe('a path that ends like a served one', () => {
  it('is 404 as any, and kept as a verdict that names both paths (DIA-117, GEN-05)', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = { method: 'POST', url: '/mp/track/?ip=1', headers, payload: 'data=x' } as const
    const answer = await server.send(request)
    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([
      404,
      'application/json',
      NOT_FOUND,
    ])
    expect(answer.headers['twinpanel-verdict']).toBe('1; path.not_served')
    expect(await unrouted()).toMatchObject([
      {
        code: 'path.not_served',
        severity: 'error',
        outcome: 'rejected',
        endpoint: '/mp/track',
        message: 'POST /mp/track is not served; /track is.',
        advice: expect.stringContaining('leave /mp out of api_host'),
        record: null,
      },
    ])
    const explained = await server.send({ ...request, url: '/mp/track?explain=1' })
    expect(explained.json()).toMatchObject({ code: 404, verdicts: [{ code: 'path.not_served' }] })
  })

  it('another method of a served path is 405, without a verdict (TRK-01)', async () => {
    const answer = await server.send({ method: 'PUT', url: '/track' })
    expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([405, undefined])
  })

  it('a preflight and any other path have no verdict (GEN-05)', async () => {
    const preflight = await server.send({ method: 'OPTIONS', url: '/mp/track' })
    const other = await server.send({ url: '/favicon.ico' })
    expect([other.statusCode, other.body]).toEqual([404, NOT_FOUND])
    expect([preflight, other].map(({ headers }) => headers['twinpanel-verdict'])).toEqual([
      undefined,
      undefined,
    ])
    expect(await unrouted()).toEqual([])
  })

  it('a flood of them is kept within the bounds of its sender (DIA-117, VRD-01)', async () => {
    await server.send({ url: '/mp/track', remoteAddress: '127.0.0.9' })
    const flood = Array.from({ length: 1_100 }, (_, n) => `/${n}/track`)
    await Promise.all(flood.map((url) => server.send({ url, remoteAddress: '127.0.0.2' })))
    const { rows } = await server.db.pool.query(
      'select count(*)::integer as n from verdict group by sender order by n',
    )
    expect(rows[0]).toEqual({ n: 1 })
    expect(rows[1].n).toBeLessThanOrEqual(1_000)
  })
})

const asked = Object.entries(UNSERVED_ROUTES).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => [method, path.replaceAll(':id', '7')] as const),
)

describe('a route that only Mixpanel has', () => {
  // A route that fails here is served now: delete its row.
  it.each(asked)('%s %s is 404 and says that Mixpanel has it (GEN-10, DIA-118)', async (method, url) => {
    const answer = await server.app.inject({ method: method as 'GET', url })
    expect([answer.statusCode, answer.headers['twinpanel-verdict']]).toEqual([404, '1; endpoint.not_served'])
    expect(answer.json().error).toMatch(/^Mixpanel has .*; Twinpanel does not\. .*https:\/\/\S+\)\.$/)
  })

  it.each([
    ['/api/query/jql', { request: '/api/query/jql', error: expect.any(String) }],
    ['/api/app/projects/7/schemas', { status: 'error', error: expect.any(String) }],
    ['/lib.min.js', { code: 404, error: expect.any(String), status: 'Not Found' }],
  ])('%s is refused in the form of its family (GEN-10)', async (url, body) => {
    expect((await server.send({ url })).json()).toEqual(body)
  })
})
