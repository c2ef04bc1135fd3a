import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readProfiles } from '../support/profiles.ts'
import { basic, NOW_S, startServer, type TestProject, type TestServer, toBase64 } from '../support/server.ts'

/*
 * Every way in which a payload can arrive (TRK-01 to TRK-07, IMP-01, IMP-02; docs/sdks.md 5): endpoint x
 * carrier x encoding x compression, each with one record, a batch, an empty batch and garbage. If one breaks,
 * the events of a whole family of SDKs are lost without a word.
 */

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const FORM = 'application/x-www-form-urlencoded'
type Encode = (json: string) => string
const percent: Encode = (json) => encodeURIComponent(json)
const base64: Encode = (json) => Buffer.from(json).toString('base64')
const percentBase64: Encode = (json) => encodeURIComponent(base64(json))
const urlSafe: Encode = (json) => Buffer.from(json).toString('base64url')

interface Carrier {
  readonly name: string
  /** The request for a payload, given as JSON text. */
  readonly request: (path: string, json: string) => InjectOptions
  /** What the text of the records is read as, where the carrier itself changes it. */
  readonly reads?: string
}

function post(
  path: string,
  contentType: string | undefined,
  payload: string | Buffer,
  encoding?: string,
): InjectOptions {
  return {
    method: 'POST',
    url: path,
    headers: {
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    },
    payload,
  }
}

const CARRIERS: readonly Carrier[] = [
  {
    name: 'GET, base64, percent-encoded (node)',
    request: (p, j) => ({ url: `${p}?data=${percentBase64(j)}` }),
  },
  { name: 'GET, URL-safe base64 (ruby pixel)', request: (p, j) => ({ url: `${p}?data=${urlSafe(j)}` }) },
  { name: 'GET, percent-encoded JSON (js)', request: (p, j) => ({ url: `${p}?data=${percent(j)}` }) },
  {
    name: 'POST, empty body, data in the query',
    request: (p, j) => ({ method: 'POST', url: `${p}?data=${percentBase64(j)}` }),
  },
  {
    name: 'form, base64, percent-encoded (js, android)',
    request: (p, j) => post(p, FORM, `data=${percentBase64(j)}`),
  },
  { name: 'form, raw base64 (node batch, php)', request: (p, j) => post(p, FORM, `data=${base64(j)}`) },
  {
    name: 'form, charset=utf8 (java)',
    request: (p, j) => post(p, `${FORM};charset=utf8`, `data=${percentBase64(j)}`),
  },
  {
    name: 'form, gzip (java, android)',
    request: (p, j) => post(p, FORM, gzipSync(`data=${percentBase64(j)}`), 'gzip'),
  },
  {
    name: 'form, percent-encoded JSON (python, unity)',
    request: (p, j) => post(p, FORM, `data=${percent(j)}`),
  },
  {
    name: 'form, JSON not encoded at all (curl)',
    reads: 'a b/c?>é😀',
    request: (p, j) => post(p, FORM, `data=${j}`),
  },
  { name: 'form type, bare JSON (curl -d)', request: (p, j) => post(p, FORM, j) },
  {
    name: 'text/plain, base64 (sendBeacon)',
    request: (p, j) => post(p, 'text/plain;charset=UTF-8', `data=${percentBase64(j)}`),
  },
  {
    name: 'text/plain, JSON form (sendBeacon)',
    request: (p, j) => post(p, 'text/plain;charset=UTF-8', `data=${percent(j)}`),
  },
  { name: 'text/plain, bare JSON', request: (p, j) => post(p, 'text/plain', j) },
  { name: 'no content type, form text', request: (p, j) => post(p, undefined, `data=${percent(j)}`) },
  { name: 'no content type, bare JSON', request: (p, j) => post(p, undefined, j) },
  { name: 'JSON (go, swift)', request: (p, j) => post(p, 'application/json', j) },
  { name: 'JSON, charset', request: (p, j) => post(p, 'application/json; charset=utf-8', j) },
  {
    name: 'JSON, gzip (swift, importer)',
    request: (p, j) => post(p, 'application/json', gzipSync(j), 'gzip'),
  },
  { name: 'JSON, empty Content-Encoding (importer)', request: (p, j) => post(p, 'application/json', j, '') },
  { name: 'JSON type, form text', request: (p, j) => post(p, 'application/json', `data=${percent(j)}`) },
  { name: 'a content type that is none', request: (p, j) => post(p, ';;=', j) },
]

const TEXT = 'a+b/c?>é😀'

function record(token: string, index: number) {
  const properties = {
    token,
    distinct_id: `u${index}`,
    time: NOW_S - 60,
    $insert_id: `id-${index}`,
    text: 'a+b/c?>é😀',
  }
  return { event: 'E', properties }
}

function update(token: string, index: number) {
  return { $token: token, $distinct_id: `u${index}`, $ip: 0, $set: { text: TEXT } }
}

function groupUpdate(token: string, index: number) {
  return { $token: token, $group_key: 'company', $group_id: `u${index}`, $ip: 0, $set: { text: TEXT } }
}

/** What is stored of each record: the id and the text. */
async function eventsOf({ token }: TestProject) {
  const events = await server.readEvents(token)
  expect(events.map(({ time }) => time)).toEqual(events.map(() => (NOW_S - 60) * 1_000))
  return events.map((event) => [event.distinct_id, event.properties['text']])
}

async function profilesOf({ project_id: id }: TestProject) {
  const profiles = Object.entries(await readProfiles(server.db, id)).toSorted()
  return profiles.map(([key, properties]) => [key.replace('company/', ''), properties['text']])
}

const ENDPOINTS = [
  { path: '/track', make: record, storedOf: eventsOf },
  { path: '/import', make: record, storedOf: eventsOf },
  { path: '/engage', make: update, storedOf: profilesOf },
  { path: '/groups', make: groupUpdate, storedOf: profilesOf },
]
const ALL = CARRIERS.flatMap((carrier) => ENDPOINTS.map((endpoint) => ({ ...endpoint, ...carrier })))

const create = () => server.createProject({ settings: { group_keys: ['company'] } })

describe('each carrier (TRK-02, TRK-03, TRK-04, IMP-01, IMP-02, ENG-01, GRP-01)', () => {
  it.each(ALL)(
    '$path takes one object and a batch by: $name (TRK-07)',
    async ({ path, request, make, storedOf, reads = TEXT }) => {
      const project = await create()
      const { token } = project
      const send = (payload: unknown) => {
        const options = request(path, JSON.stringify(payload))
        return server.send({ ...options, headers: { ...options.headers, ...basic(token) } })
      }
      expect((await send(make(token, 1))).body).toBe('1')
      expect((await send([make(token, 2), make(token, 3)])).body).toBe('1')
      expect(await storedOf(project)).toEqual(['u1', 'u2', 'u3'].map((id) => [id, reads]))
    },
  )

  it.each(ALL)(
    '$path finds nothing in an empty batch and in garbage by: $name (TRK-13)',
    async ({ path, request, storedOf }) => {
      const project = await create()
      const { token } = project
      for (const text of ['[]', '[{}]', '{"event":', 'nonsense', '']) {
        const options = request(`${path}`, text)
        const answer = await server.send({ ...options, headers: { ...options.headers, ...basic(token) } })
        expect([answer.statusCode, answer.body]).toEqual([200, '0'])
      }
      expect(await storedOf(project)).toEqual([])
    },
  )
})

describe('why nothing was found', () => {
  const MISSING = 'data, missing or empty'
  const NOT_BASE64 = 'data, invalid base64 encoding'
  const NOT_JSON = 'data, invalid json encoding'
  const form = (value: string) => (path: string) => post(path, FORM, `data=${value}`)
  const json = (payload: string) => (path: string) => post(path, 'application/json', payload)

  it.each<readonly [string, (path: string) => InjectOptions, string]>([
    ['an empty form', form(''), MISSING],
    ['a form without data', (path) => post(path, FORM, 'verbose=1'), MISSING],
    ['an empty list', json('[]'), MISSING],
    ['an empty list in base64', form(base64('[]')), MISSING],
    ['a number with a decimal comma', form(percent('[{"time": 1570709161,80122}]')), NOT_JSON],
    ['the same in base64', form(percentBase64('[{"time": 1570709161,80122}]')), NOT_JSON],
    ['the same as a body of JSON', json('[{"time": 1570709161,80122}]'), NOT_JSON],
    ['JSON cut short, by GET', (path) => ({ url: `${path}&data=${percent('{"event":')}` }), NOT_JSON],
    ['base64 of something else', form('TWl4cGFuZWw='), NOT_JSON],
    ['a letter of no base64', form('eyJldmVudCI6IsO8In0=é'), NOT_BASE64],
    ['base64 that is percent-encoded twice', form('eyJhIjoxfQ%253D%253D'), NOT_BASE64],
    ['base64 of no whole number of bytes', form('eyJhI'), NOT_BASE64],
    ['a query string as data', form(percent('event=E&token=T')), NOT_BASE64],
  ])('%s (TRK-13, IMP-32)', async (_what, request, error) => {
    const { token } = await server.createProject()
    for (const path of ['/track', '/engage', '/groups', '/import']) {
      const options = request(`${path}?verbose=1`)
      const answer = await server.send({ ...options, headers: { ...options.headers, ...basic(token) } })
      expect([path, answer.statusCode, answer.body]).toEqual([
        path,
        200,
        JSON.stringify({ error, status: 0 }),
      ])
      expect(answer.headers['twinpanel-verdict']).toContain('payload.undecodable')
    }
  })

  it('a strict import of no base64 (IMP-32)', async () => {
    const { token } = await server.createProject()
    const options = form('%C3%BC')('/import?strict=1')
    const answer = await server.send({ ...options, headers: { ...options.headers, ...basic(token) } })
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      { code: 400, error: NOT_BASE64, status: 'Bad Request' },
    ])
  })
})

describe('bodies that lie', () => {
  it.each([
    ['text that is no gzip', Buffer.from('plain')],
    ['gzip cut short', gzipSync('[{"event":"E"}]').subarray(0, 12)],
    ['an encoding nobody uses', Buffer.from('x')],
  ])('%s is no data (TRK-04)', async (name, payload) => {
    const encoding = name.startsWith('an encoding') ? 'compress' : 'gzip'
    const answer = await server.send(post('/track?verbose=1', 'application/json', payload, encoding))
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toBe('{"error":"data, missing or empty","status":0}')
  })

  it('a GET with a content type and no body is no error (TRK-42)', async () => {
    const { token } = await server.createProject()
    const url = `/track?data=${percentBase64(JSON.stringify(record(token, 1)))}`
    const answer = await server.send({
      url,
      headers: { 'content-type': 'application/json', ...basic('ignored', 'x') },
    })
    expect(answer.body).toBe('1')
  })

  it('extra keys beside event and properties leave no trace (TRK-43)', async () => {
    const { token } = await server.createProject()
    const extra = { ...record(token, 1), id: 17, $mp_metadata: { $mp_event_id: 'ab' } }
    expect((await server.send(post('/track', 'application/json', JSON.stringify([extra])))).body).toBe('1')
    const [event] = await server.readEvents(token)
    expect(event?.properties).not.toHaveProperty('id')
    expect(event?.properties).not.toHaveProperty('$mp_metadata')
  })
})

describe('parameters', () => {
  const ok = '{"error":null,"status":1}'
  it.each([
    ['in the query', '/track?verbose=1', (d: string) => `data=${d}`, ok],
    ['in the form', '/track', (d: string) => `data=${d}&verbose=1&ip=0`, ok],
    ['in both: the query wins', '/track?verbose=0', (d: string) => `data=${d}&verbose=1`, '1'],
    [
      'unknown ones are ignored (TRK-06)',
      '/track?_=1700000000000&foo=bar',
      (d: string) => `data=${d}&x=y`,
      '1',
    ],
  ])('%s (TRK-05)', async (_name, url, body, expected) => {
    const { token } = await server.createProject()
    const answer = await server.send(post(url, FORM, body(percentBase64(JSON.stringify(record(token, 1))))))
    expect(answer.body).toBe(expected)
    const [event] = await server.readEvents(token)
    expect(event?.properties).not.toHaveProperty('foo')
    expect(event?.properties).not.toHaveProperty('_')
  })
})

describe('paths and methods', () => {
  it.each(['/track', '/track/', '//track/', '//track'])('%s is /track (GEN-05)', async (path) => {
    const { token } = await server.createProject()
    expect((await server.send({ url: `${path}?data=${toBase64(record(token, 1))}` })).body).toBe('1')
  })

  it.each([
    ['/track', 'GET, POST, OPTIONS'],
    ['/import', 'GET, POST'],
  ])('%s takes no other method (TRK-01)', async (path, allowed) => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD'] as const) {
      const answer = await server.send({ method, url: path })
      expect(answer.statusCode).toBe(405)
      expect(answer.headers.allow).toBe(allowed)
    }
  })

  it('an encoded fragment is cut, and told (GEN-06)', async () => {
    const { token } = await server.createProject()
    const answer = await server.send(
      post('/track%23track-event', 'application/json', JSON.stringify(record(token, 1))),
    )
    expect(answer.body).toBe('1')
    expect(answer.headers['twinpanel-verdict']).toContain('path.encoded_fragment')
  })
})
