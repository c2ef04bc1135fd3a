import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer, toBase64, trackJson } from '../support/server.ts'

/*
 * CORS as browsers and the browser SDK need it (SEC-09): it sends credentials, so `*` would break it, and an
 * error without these headers reaches the SDK as status 0, for which it throws the batch away.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const ORIGIN = 'https://a.test'
const EXPECTED = {
  'access-control-allow-origin': ORIGIN,
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'Retry-After, Twinpanel-Verdict, Twinpanel-Fault',
  vary: 'Origin',
}

describe.each(['/track', '/track/', '/decide', '/settings/', '/flags/', '/record/'])('%s (SEC-09)', (url) => {
  it('a preflight is answered with what was asked for', async () => {
    const headers = {
      origin: ORIGIN,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-custom, authorization',
    }
    const answer = await server.send({ method: 'OPTIONS', url, headers })
    expect([answer.statusCode, answer.body]).toEqual([204, ''])
    expect(answer.headers).toMatchObject({
      ...EXPECTED,
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers':
        'Authorization, Content-Type, Content-Encoding, X-Requested-With, traceparent, x-custom',
      'access-control-max-age': '86400',
    })
  })

  it('answers and errors alike carry the headers', async () => {
    const good = await server.send({ url, headers: { origin: ORIGIN } })
    const refused = await server.send({ method: 'PUT', url, headers: { origin: ORIGIN } })
    expect(good.headers).toMatchObject(EXPECTED)
    expect([refused.statusCode, refused.headers]).toEqual([405, expect.objectContaining(EXPECTED)])
  })
})

describe.each(['/mp/track', '/mp/track/', '/nothing', '/api/query/jql', '/track/%zz'])(
  'a path that is not served, %s',
  (url) => {
    it('is refused so that a page can read the status, after a preflight as any (SEC-09)', async () => {
      const headers = { origin: ORIGIN, 'content-type': 'text/plain;x' }
      const refused = await server.send({ method: 'POST', url, headers, payload: 'data=x' })
      expect([refused.statusCode, refused.headers]).toEqual([
        url.endsWith('%zz') ? 400 : 404,
        expect.objectContaining(EXPECTED),
      ])
      const asked = { ...headers, 'access-control-request-method': 'POST' }
      const preflight = await server.send({ method: 'OPTIONS', url, headers: asked })
      expect([preflight.statusCode, preflight.headers]).toEqual([204, expect.objectContaining(EXPECTED)])
    })
  },
)

it.each(['/_twin/nothing', '/_twin/%zz', '/metrics/x', '/import', '/lookup-tables'])(
  'no page can read the refusal of %s, which no SDK in a browser calls (SEC-10, SEC-12)',
  async (url) => {
    for (const method of ['DELETE', 'OPTIONS'] as const) {
      const { headers, statusCode } = await server.app.inject({ method, url, headers: { origin: ORIGIN } })
      expect([statusCode >= 400, headers['access-control-allow-origin']]).toEqual([true, undefined])
    }
  },
)

it('a 413 too (SEC-09)', async () => {
  const request = trackJson([])
  const headers = { ...request.headers, origin: ORIGIN }
  const tooLong = await server.send({ ...request, headers, payload: ' '.repeat(10_485_761) })
  expect([tooLong.statusCode, tooLong.headers]).toEqual([413, expect.objectContaining(EXPECTED)])
  const wayTooLong = await server.send({ ...request, headers, payload: ' '.repeat(31_457_281) })
  expect([wayTooLong.statusCode, wayTooLong.headers]).toEqual([413, expect.objectContaining(EXPECTED)])
})

it('without an origin there is nothing to say (SEC-09)', async () => {
  const answer = await server.send({ url: '/track' })
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
})

describe('what a page of the internet may do to a server that only this machine can reach (SEC-09)', () => {
  const EVIL = 'https://evil.example'
  const preflight = (origin: string, asked: object = {}, own = server) => {
    const headers = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-private-network': 'true',
      ...asked,
    }
    return own.send({ method: 'OPTIONS', url: '/track', headers })
  }

  it.each([
    ['http://localhost:3000', 'true'],
    ['http://192.168.1.20:3000', 'true'],
    ['http://web:3000', 'true'],
    [EVIL, undefined],
    ['null', undefined],
  ])('a page of %s gets leave to reach this machine: %s', async (origin, leave) => {
    const { statusCode, headers } = await preflight(origin)
    expect([statusCode, headers['access-control-allow-private-network']]).toEqual([204, leave])
  })

  it('a server that others can reach gives it to all pages, as Mixpanel does', async () => {
    const shared = await startServer({ loopbackOnly: false, adminToken: 'x' })
    const { headers } = await preflight(EVIL, {}, shared)
    await shared.close()
    expect(headers['access-control-allow-private-network']).toBe('true')
  })

  it('no page may say what proxies say, and nobody gets more than 64 headers', async () => {
    const many = Array.from({ length: 100 }, (_, n) => `x-${n}`)
    const asked = ['X-Forwarded-For', 'forwarded', 'CF-Connecting-IP', 'x-tenant', 'bad name', ...many].join(
      ',',
    )
    const { headers } = await preflight(EVIL, { 'access-control-request-headers': asked })
    const allowed = String(headers['access-control-allow-headers']).split(', ')
    expect(allowed.slice(0, 6)).toEqual([
      ...'Authorization, Content-Type, Content-Encoding, X-Requested-With, traceparent'.split(', '),
      'x-tenant',
    ])
    expect(allowed.at(-1)).toBe('x-58')
  })

  const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
  it.each([
    ['a page posts', { origin: EVIL }, 'POST'],
    ['a frame without an origin posts', { origin: 'null' }, 'POST'],
    ['a picture', image, 'GET'],
    [
      'a picture of a page under a name that leads here',
      { 'sec-fetch-site': 'same-origin', host: 'evil.example:4100' },
      'GET',
    ],
  ] as const)(
    '%s, and no project is made; one that is there takes it (DEC-05)',
    async (_how, headers, method) => {
      const own = await startServer({ unknownTokens: 'create' })
      const { token } = await own.createProject()
      for (const to of [token, 'new', 'new-too']) {
        const event = { event: 'E', properties: { token: to, distinct_id: 'u' } }
        const profile = { $token: to, $distinct_id: 'u', $set: { a: 1 } }
        for (const [path, record] of [
          ['/track', event],
          ['/engage', profile],
        ] as const) {
          const url = method === 'GET' ? `${path}?data=${encodeURIComponent(toBase64(record))}` : path
          const body = {
            headers: { ...headers, 'content-type': 'text/plain' },
            payload: JSON.stringify([record]),
          }
          const answer = await own.send({ method, url, headers, ...(method === 'POST' && body) })
          expect([answer.statusCode, answer.body]).toEqual([200, '1'])
        }
      }
      const projects = (await own.send({ url: '/_twin/projects' })).json().projects
      expect(projects.map((project: { token: string }) => project.token)).toEqual([token])
      expect(await own.readEvents(token)).toHaveLength(1)
      const unrouted = (await own.send({ url: '/_twin/verdicts/unrouted' })).json().verdicts
      expect(unrouted.filter(({ code }: { code: string }) => code === 'token.unknown')).toHaveLength(4)
      await own.close()
    },
  )

  it('a local page makes projects, and where it was asked for any page does (DEC-05)', async () => {
    for (const [settings, origin] of [
      [{}, 'http://localhost:3000'],
      [{ pagesMakeProjects: true }, EVIL],
    ] as const) {
      const own = await startServer({ unknownTokens: 'create', ...settings })
      const request = trackJson([{ event: 'E', properties: { token: 'new', distinct_id: 'u' } }])
      await own.send({ ...request, headers: { ...request.headers, origin } })
      expect(await own.readEvents('new')).toHaveLength(1)
      await own.close()
    }
  })

  it.each([
    ['GET', '/api/2.0/export'],
    ['GET', '/api/query/engage'],
    ['POST', '/api/query/engage'],
    ['GET', '/api/query/segmentation'],
    ['GET', '/api/app/me'],
    ['GET', '/api/app/data-deletions/v3.0'],
    ['POST', '/import'],
    ['GET', '/lookup-tables'],
    ['PUT', '/lookup-tables/x'],
    ['GET', '/_twin/projects'],
    ['POST', '/_twin/projects'],
    ['DELETE', '/_twin/projects/x'],
    ['POST', '/_twin/projects/x/reset'],
    ['GET', '/_twin/openapi.json'],
    ['GET', '/metrics'],
    ['GET', '/_twin'],
  ] as const)(
    '%s %s: no page of another origin can read it, or get leave for it (SEC-10)',
    async (method, url) => {
      for (const origin of [EVIL, 'null', 'http://localhost:3000']) {
        const asked = { origin, 'access-control-request-method': method }
        const leave = await server.send({ method: 'OPTIONS', url, headers: asked })
        const read = await server.send({ method, url, headers: { origin, host: 'localhost:4100' } })
        const names = [...Object.keys(leave.headers), ...Object.keys(read.headers)]
        expect(names.filter((name) => name.startsWith('access-control-'))).toEqual([])
        expect(leave.statusCode).toBeGreaterThanOrEqual(400)
        if (url.startsWith('/_twin/') || url === '/metrics') expect(read.statusCode).toBe(403)
      }
    },
  )
})

it('credentials on /track are ignored (SEC-03, TRK-42)', async () => {
  const { token } = await server.createProject()
  const request = trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }])
  const answer = await server.send({
    ...request,
    headers: { ...request.headers, authorization: 'Basic bm9uc2Vuc2U=' },
  })
  expect(answer.body).toBe('1')
})

it('what others have sent is shown as nothing but what it is said to be (SEC-11)', async () => {
  const { token } = await server.createProject()
  const urls = [
    `/_twin/projects/${token}/events`,
    '/_twin/projects/none',
    '/_twin/nothing',
    '/metrics',
    '/_twin/',
  ]
  for (const url of [...urls, '/track?callback=cb&data=e30', '/engage?callback=cb&data=e30']) {
    const answer = await server.send({ url })
    expect([url, answer.headers['x-content-type-options']]).toEqual([url, 'nosniff'])
  }
})
