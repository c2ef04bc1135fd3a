import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { basic, NOW_S, startServer, type TestServer } from '../support/server.ts'

/*
 * Whoever is answered 0, or 1 without an effect, is told what was found in the record and what to send instead: in the
 * answer if it is asked for, and in the project. The answer to an SDK stays as it was.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

interface Said {
  readonly code: string
  readonly outcome: string
  readonly message: string
  readonly advice: string
}

interface Sent {
  readonly path: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

async function send({ path, query = '', headers = {}, body }: Sent, isExplained = true) {
  const url = `${path}?${isExplained ? 'explain=1&' : ''}${query}`
  const type = { 'content-type': 'application/json' }
  return await server.send({
    method: 'POST',
    url,
    headers: { ...type, ...headers },
    payload: JSON.stringify(body),
  })
}

const saidOf = async (sent: Sent) => (await send(sent)).json<{ verdicts: readonly Said[] }>().verdicts

async function keptOf(token: string): Promise<readonly Said[]> {
  return (await server.send({ url: `/_twin/projects/${token}/verdicts` })).json().verdicts
}

describe('a refused record', () => {
  it.each<[string, string, (token: string) => Omit<Sent, 'path'>, string, string]>([
    [
      '/track',
      'token at the top level',
      (token) => ({ body: { event: 'E', token, properties: {} } }),
      'the token is at the top level, as token',
      'Send it as properties.token',
    ],
    [
      '/track',
      'token in the query',
      (token) => ({ query: `token=${token}`, body: { event: 'E', properties: { distinct_id: 'u' } } }),
      'the token is in the parameter token of the request',
      'Send it as properties.token',
    ],
    [
      '/track',
      'token in credentials',
      (token) => ({ headers: basic(token), body: { event: 'E', properties: {} } }),
      'credentials came with the request',
      'as properties.token',
    ],
    [
      '/track',
      'properties as JSON text',
      (token) => ({ body: { event: 'E', properties: JSON.stringify({ token }) } }),
      'properties is a string that contains JSON',
      'as an object',
    ],
    [
      '/engage',
      'operation that does not exist',
      (token) => ({ body: { $token: token, $distinct_id: 'u', $increment: { n: 1 } } }),
      '$increment is not an operation',
      'Use $add',
    ],
    [
      '/engage',
      'id inside $set',
      (token) => ({ body: { $token: token, $set: { $distinct_id: 'u' } } }),
      'the id of the user is inside $set, as $distinct_id',
      'Send it as $distinct_id',
    ],
    [
      '/groups',
      'update of a user',
      (token) => ({ body: { $token: token, $distinct_id: 'u', $set: {} } }),
      'it has $distinct_id and no $group_key',
      '/engage',
    ],
    [
      '/import',
      'time as ISO text',
      (token) => ({
        query: 'strict=1',
        headers: basic(token),
        body: [{ event: 'E', properties: { time: '2026-08-20T12:00:00Z' } }],
      }),
      'time is the date "2026-08-20T12:00:00Z"',
      `Send it as a number: ${NOW_S}`,
    ],
    [
      '/import',
      'time in microseconds',
      (token) => ({
        query: 'strict=1',
        headers: basic(token),
        body: [{ event: 'E', properties: { time: NOW_S * 1e6 } }],
      }),
      'reads as',
      `It looks like microseconds: send ${NOW_S} (seconds)`,
    ],
  ])(
    '%s, %s: what was found and what to send is said (DIA-86)',
    async (path, _what, sentBy, found, advice) => {
      const { token } = await server.createProject()
      const verdicts = await saidOf({ path, ...sentBy(token) })
      const own = verdicts.find(({ code }) => code === 'record.invalid')
      expect(own?.outcome).toBe('rejected')
      expect(own?.message).toContain(found)
      expect(own?.advice).toContain(advice)
    },
  )

  it.each<[string, (token: string) => unknown]>([
    ['/track', (token) => ({ event: 'E', token, properties: { distinct_id: 'u' } })],
    ['/track', (token) => ({ event: 'E', token, distinct_id: 'u' })],
    ['/engage', (token) => ({ token, $distinct_id: 'u', $set: { a: 1 } })],
    ['/groups', (token) => ({ $group_key: 'k', $group_id: 'g', $set: { $token: token } })],
  ])('%s: is kept with the project of its token, wherever that was (DIA-86)', async (path, bodyOf) => {
    const { token } = await server.createProject()
    const answer = await send({ path, body: bodyOf(token) }, false)
    expect(answer.body).toBe('0')
    expect(answer.headers['twinpanel-verdict']).toBe('1; record.invalid')
    expect((await keptOf(token)).map(({ code }) => code)).toEqual(['record.invalid'])
  })

  it('in a batch of good ones has its own advice (DIA-02)', async () => {
    const { token } = await server.createProject()
    const good = { event: 'E', properties: { token, distinct_id: 'u' } }
    const late = { event: 'E', properties: { token, time: '10:30' } }
    expect((await send({ path: '/track', body: [good, late] }, false)).body).toBe('1')
    const partial = (await keptOf(token)).find(({ code }) => code === 'batch.partial')
    expect(partial?.advice).toContain('rename it')
    expect(partial?.advice).toContain('/import?strict=1')
  })

  it('is explained by /_twin/explain too (DIA-86)', async () => {
    const records = [{ event: 'E', token: 'T', properties: {} }]
    const payload = { endpoint: 'track', records, modes: ['simplified'] }
    const answer = await server.send({ method: 'POST', url: '/_twin/explain', payload })
    const [record] = answer.json().modes.simplified.records
    expect(record.verdicts[0].message).toContain('the token is at the top level, as token')
  })
})

describe('what is ignored of a stored record', () => {
  it.each<[string, string, object, string, string]>([
    ['/track', '', { ip: '203.0.113.9, 10.0.0.1' }, 'geo.address_unusable', 'Send one: 203.0.113.9.'],
    ['/track', 'ip=203.0.113.9', {}, 'geo.address_unusable', 'as ip in properties'],
    ['/track', '', { time: String(NOW_S) }, 'time.numeric_string', `Send ${NOW_S} without quotes`],
    ['/track', '', { $ip: '203.0.113.9' }, 'record.field_misplaced', 'Use properties.ip instead.'],
  ])('%s?%s %j: %s (DIA-93, DIA-95, DIA-97)', async (path, query, own, code, advice) => {
    const { token } = await server.createProject()
    const body = { event: 'E', properties: { token, distinct_id: 'u', ...own } }
    const [said, ...others] = await saidOf({ path, query, body })
    expect(said?.code).toBe(code)
    expect(said?.advice).toContain(advice)
    expect(others).toEqual([])
    expect(await server.readEvents(token)).toHaveLength(1)
  })

  it('an address beside ip=1 is not used (DIA-95, GEO-04)', async () => {
    const trusting = await startServer({ trustProxy: '127.0.0.1' })
    const { token } = await trusting.createProject()
    const answer = await trusting.send({
      method: 'POST',
      url: '/track?ip=1&explain=1',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' },
      payload: JSON.stringify({ event: 'E', properties: { token, distinct_id: 'u', ip: '192.0.2.1' } }),
    })
    const said = answer.json().verdicts.find(({ code }: Said) => code === 'geo.address_unusable')
    await trusting.close()
    expect(said?.message).toContain('and ip=1 asks for the address of the request')
  })

  it('X-Forwarded-For is ignored from a peer that is not trusted, once it matters (DIA-96)', async () => {
    const fresh = await startServer()
    const { token } = await fresh.createProject()
    const codesOf = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' }
      const answer = await fresh.send({ method: 'POST', url: path, headers, payload: JSON.stringify(body) })
      return answer.headers['twinpanel-verdict']
    }
    const event = { event: 'E', properties: { token, distinct_id: 'u' } }
    const update = { $token: token, $distinct_id: 'u', $set: { a: 1 } }
    const codes = [
      await codesOf('/track', event),
      await codesOf('/engage?ip=0', update),
      await codesOf('/engage', update),
      await codesOf('/track?ip=1', event),
    ]
    const { verdicts } = (await fresh.send({ url: `/_twin/projects/${token}/verdicts` })).json()
    await fresh.close()
    expect(codes).toEqual([undefined, undefined, '1; geo.forwarded_ignored', undefined])
    expect(verdicts[0].message).toContain('X-Forwarded-For (203.0.113.9) was ignored')
    expect(verdicts[0].advice).toContain('TWINPANEL_TRUST_PROXY to 127.0.0.1')
  })

  it('an operation that does not exist leaves the rest applied (DIA-94)', async () => {
    const { token } = await server.createProject()
    const body = { $token: token, $distinct_id: 'u', $set: { a: 1 }, $increment: { n: 1 } }
    const [said] = await saidOf({ path: '/engage', body })
    expect(said).toMatchObject({ code: 'profile.operation_unknown', outcome: 'changed' })
    const user = (await server.send({ url: `/_twin/projects/${token}/users/u` })).json()
    expect(user.profile).toMatchObject({ a: 1 })
  })
})
