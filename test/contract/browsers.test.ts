import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer, trackJson } from '../support/server.ts'

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

describe.each(['/track', '/track/', '/decide', '/settings/', '/flags/', '/record/'])('SEC-09: %s', (url) => {
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

it('SEC-09: a 413 too', async () => {
  const request = trackJson([])
  const headers = { ...request.headers, origin: ORIGIN }
  const tooLong = await server.send({ ...request, headers, payload: ' '.repeat(10_485_761) })
  expect([tooLong.statusCode, tooLong.headers]).toEqual([413, expect.objectContaining(EXPECTED)])
  const wayTooLong = await server.send({ ...request, headers, payload: ' '.repeat(31_457_281) })
  expect([wayTooLong.statusCode, wayTooLong.headers]).toEqual([413, expect.objectContaining(EXPECTED)])
})

it('SEC-09: without an origin there is nothing to say', async () => {
  const answer = await server.send({ url: '/track' })
  expect(answer.headers['access-control-allow-origin']).toBeUndefined()
})

it('SEC-03: TRK-42: credentials on /track are ignored', async () => {
  const { token } = await server.createProject()
  const request = trackJson([{ event: 'E', properties: { token, distinct_id: 'u' } }])
  const answer = await server.send({
    ...request,
    headers: { ...request.headers, authorization: 'Basic bm9uc2Vuc2U=' },
  })
  expect(answer.body).toBe('1')
})
