import { connect } from 'node:net'
import type { InjectOptions } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  importJson,
  startServer,
  startSharedServers,
  type TestProject,
  type TestServer,
  toBase64,
  trackJson,
} from '../support/server.ts'

/*
 * Faults: Mixpanel's endpoints misbehave on purpose, so that what a client does then can be tested.
 */

let server: TestServer
let url: URL
beforeAll(async () => {
  server = await startServer()
  url = new URL(await server.app.listen({ host: '127.0.0.1', port: 0 }))
})
afterAll(() => server.close())
afterEach(() => server.send({ method: 'DELETE', url: '/_twin/faults' }))

const json = (method: 'PUT' | 'POST', path: string, payload: unknown): InjectOptions => ({
  method,
  url: path,
  headers: { 'content-type': 'application/json' },
  payload: JSON.stringify(payload),
})
const put = (faults: unknown, path = '/_twin/faults') => server.send(json('PUT', path, faults))
async function arm(...faults: readonly object[]): Promise<void> {
  const answer = await put(faults)
  if (answer.statusCode !== 200) throw new Error(answer.body)
}
const list = async (path = '/_twin/faults') => (await server.send({ url: path })).json()

const event = ({ token }: TestProject, name = 'Bought') => ({
  event: name,
  properties: { token, distinct_id: 'u' },
})
const track = (project: TestProject, name?: string) => server.send(trackJson([event(project, name)]))
const statuses = async (times: number, send: () => Promise<{ statusCode: number }>) => {
  const seen: number[] = []
  for (let n = 0; n < times; n++) seen.push((await send()).statusCode)
  return seen
}
const names = async (project: TestProject) =>
  (await server.readEvents(project.token)).map((stored) => stored.event)

/** How an answer ended on the wire. */
interface Wire {
  readonly bytes: string
  readonly end: 'reset' | 'closed' | 'open'
}

/** Sends a request of /track over a socket of its own, and waits until the connection ends or a whole answer is there. */
function trackOnWire(project: TestProject, query = ''): Promise<Wire> {
  const body = JSON.stringify([event(project)])
  const head = `POST /track${query} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\n`
  return onWire(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

function onWire(request: string): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => socket.write(request))
    let bytes = ''
    const end = (how: Wire['end']) => {
      resolve({ bytes, end: how })
      socket.destroy()
    }
    socket.on('data', (chunk) => {
      bytes += chunk.toString('latin1')
      const [head = '', body] = bytes.split('\r\n\r\n')
      const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1])
      if (body !== undefined && body.length >= length) end('open')
    })
    socket.on('end', () => end('closed'))
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? end('reset') : reject(error),
    )
  })
}

const exportUrl = '/api/2.0/export?from_date=2026-08-01&to_date=2026-08-20'
const readExport = (project: TestProject, headers: Record<string, string> = {}) =>
  server.send({ url: exportUrl, headers: { ...basic(project.secret), ...headers } })

describe('an answer with a status', () => {
  it('/track is answered 429 with Retry-After, nothing is stored, and the answer says it was a fault (TRK-27)', async () => {
    const project = await server.createProject()
    await arm({ path: '/track', status: 429, retry_after: 7 })
    const answer = await track(project)
    expect([answer.statusCode, answer.headers['retry-after'], answer.headers['content-type']]).toEqual([
      429,
      '7',
      'application/json',
    ])
    expect(answer.json()).toMatchObject({ code: 429, status: 'Too Many Requests' })
    const [{ id }] = await list()
    expect(answer.headers['twinpanel-fault']).toBe(String(id))
    expect(answer.headers['twinpanel-verdict']).toBeUndefined()
    expect(await names(project)).toEqual([])
    expect((await server.send({ url: `/_twin/projects/${project.token}/verdicts` })).json().verdicts).toEqual(
      [],
    )
  })

  it('/import is answered 502 and 503, then as ever (IMP-31)', async () => {
    const project = await server.createProject()
    await arm({ path: '/import', status: 502, times: 1 }, { path: '/import', status: 503, times: 2 })
    const record = {
      event: 'Bought',
      properties: { time: 1_787_227_000, distinct_id: 'u', $insert_id: 'one-insert-id' },
    }
    const send = () => server.send(importJson(project.token, [record]))
    expect(await statuses(4, send)).toEqual([502, 503, 503, 200])
    expect(await names(project)).toEqual(['Bought'])
  })

  it('a page of another origin may read it, fault, Retry-After and all (SEC-09)', async () => {
    const project = await server.createProject()
    await arm({ status: 503 })
    const request = trackJson([event(project)])
    const answer = await server.send({
      ...request,
      headers: { ...request.headers, origin: 'https://shop.example' },
    })
    expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([
      503,
      'https://shop.example',
    ])
    expect(answer.headers['access-control-expose-headers']).toContain('Twinpanel-Fault')
    const preflight = await server.send({
      method: 'OPTIONS',
      url: '/track',
      headers: { origin: 'https://a.b' },
    })
    expect(preflight.statusCode).toBe(204)
  })

  it('flags, queries and the export have errors of their own form', async () => {
    const project = await server.createProject()
    await arm({ path: '*', status: 503 })
    const flags = await server.send({ url: '/flags?context=%7B%7D', headers: basic(project.token) })
    expect(flags.json()).toEqual({ error: 'service unavailable', status: 'error' })
    const path = '/api/query/stream/query'
    const query = await server.send({ url: path, headers: basic(project.secret) })
    expect(query.json()).toEqual({ request: path, error: 'service unavailable' })
    const exported = await readExport(project)
    expect([exported.statusCode, exported.body]).toEqual([503, 'service unavailable'])
  })

  it('a body of one’s own, and a success that is none', async () => {
    const project = await server.createProject()
    await arm({
      status: 200,
      body: '{"error":"a temporary failure occurred","status":0}',
      content_type: 'application/json',
    })
    const answer = await track(project)
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { error: 'a temporary failure occurred', status: 0 },
    ])
    expect(await names(project)).toEqual([])
  })
})

describe('an answer that does not come whole', () => {
  it('is a reset of the connection, before anything is stored', async () => {
    const project = await server.createProject()
    await arm({ reset_connection: true, times: 1 })
    expect(await trackOnWire(project)).toEqual({ bytes: '', end: 'reset' })
    expect(await names(project)).toEqual([])
    expect(await trackOnWire(project)).toMatchObject({
      end: 'open',
      bytes: expect.stringMatching(/\r\n\r\n1$/),
    })
  })

  it('is lost after the commit: the records are stored, and the client sees a reset', async () => {
    const project = await server.createProject()
    await arm({ reset_connection: true, after_commit: true })
    expect(await trackOnWire(project)).toEqual({ bytes: '', end: 'reset' })
    expect(await names(project)).toEqual(['Bought'])
  })

  it('says 502 after the commit, and keeps what the true answer would have told to itself', async () => {
    const project = await server.createProject()
    await arm({ status: 502, after_commit: true })
    const records = [event(project), { event: '', properties: { token: project.token } }]
    const answer = await server.send(trackJson(records))
    expect([answer.statusCode, answer.json().status]).toEqual([502, 'Bad Gateway'])
    expect(answer.headers['content-length']).toBe(String(answer.body.length))
    expect(answer.headers['twinpanel-verdict']).toBeUndefined()
    expect(await names(project)).toEqual(['Bought'])
    const { verdicts } = (await server.send({ url: `/_twin/projects/${project.token}/verdicts` })).json()
    expect(verdicts).toMatchObject([{ code: 'record.invalid' }, { code: expect.any(String) }])
  })

  it.each([
    ['', 1, ''],
    ['?verbose=1', 25, '{"error":nul'],
  ])(
    'is cut off: /track%s announces %i bytes and sends %j, and the event is stored',
    async (query, length, sent) => {
      const project = await server.createProject()
      await arm({ truncate_response: true })
      const { bytes, end } = await trackOnWire(project, query)
      const [head, body] = bytes.split('\r\n\r\n')
      expect([end, body]).toEqual(['closed', sent])
      expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(head).toMatch(new RegExp(`\r\ncontent-length: ${length}(\r\n|$)`, 'i'))
      expect(await names(project)).toEqual(['Bought'])
    },
  )

  it('is cut off in the middle of an error', async () => {
    const project = await server.createProject()
    await arm({ truncate_response: true, status: 500 })
    const { bytes, end } = await trackOnWire(project)
    expect(end).toBe('closed')
    expect(bytes).toMatch(
      /^HTTP\/1\.1 500 .*content-length: 70\r\n.*\r\n\r\n\{"code":500,"error":"internal error$/is,
    )
    expect(await names(project)).toEqual([])
  })

  it.each([{}, { 'accept-encoding': 'gzip' }])(
    'an export is cut off before its last chunk, with %o',
    async (headers) => {
      const project = await server.createProject()
      for (let n = 0; n < 9; n++) await track(project, `Event ${n}`)
      const whole = await readExport(project)
      await arm({ path: '/api/2.0/export', truncate_response: true })
      const answer = await fetch(new URL(exportUrl, url), {
        headers: { ...basic(project.secret), ...headers },
      })
      expect(answer.status).toBe(200)
      const pieces: Uint8Array[] = []
      const read = async () => {
        for await (const piece of answer.body ?? []) pieces.push(piece)
      }
      await expect(read()).rejects.toThrow(TypeError)
      const text = Buffer.concat(pieces).toString('utf8')
      expect(whole.body.startsWith(text)).toBe(true)
      expect(text.length).toBeLessThan(whole.body.length)
    },
  )
})

it('an export whose connection is reset leaves nothing behind', async () => {
  const project = await server.createProject()
  for (let n = 0; n < 9; n++) await track(project, `Event ${n}`)
  await arm({ path: '/api/*', reset_connection: true, after_commit: true, times: 8 })
  const { authorization } = basic(project.secret)
  const request = `GET ${exportUrl} HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: ${authorization}\r\n\r\n`
  // More of them than the server has connections to its database.
  for (let n = 0; n < 8; n++) expect(await onWire(request)).toEqual({ bytes: '', end: 'reset' })
  expect((await readExport(project)).body.split('\n')).toHaveLength(10)
})

describe('an export that ends early', () => {
  it.each([{}, { 'accept-encoding': 'gzip' }])(
    'says so in its last line, with %o (QRY-08)',
    async (headers) => {
      const project = await server.createProject()
      for (let n = 0; n < 10; n++) await track(project, `Event ${n}`)
      const whole = (await readExport(project)).body.split('\n')
      await arm({ terminate_early: true, times: 1 })
      const answer = await fetch(new URL(exportUrl, url), {
        headers: { ...basic(project.secret), ...headers },
      })
      const lines = (await answer.text()).split('\n')
      expect([answer.status, answer.headers.get('twinpanel-fault')]).toEqual([200, expect.any(String)])
      const kept = lines.slice(0, -2)
      expect(lines.slice(-2)).toEqual(['terminated early', ''])
      expect(kept).toEqual(whole.slice(0, kept.length))
      expect(kept.length > 0 && kept.length < 10).toBe(true)
      expect((await readExport(project)).body.split('\n')).toEqual(whole)
    },
  )
})

describe('latency', () => {
  it('comes before the request is carried out, or with after_commit before its answer', async () => {
    const project = await server.createProject()
    await arm({ latency_ms: 300, times: 1 }, { latency_ms: 300, after_commit: true, times: 1 })
    const started = performance.now()
    const early = track(project, 'Early')
    await expect.poll(async () => (await list())[0].fired).toBe(1)
    const late = track(project, 'Late')
    // The first is still waiting when the second has been stored.
    await expect.poll(() => names(project), { interval: 5 }).toEqual(['Late'])
    expect((await Promise.all([early, late])).map(({ body }) => body)).toEqual(['1', '1'])
    expect(performance.now() - started).toBeGreaterThan(299)
    expect((await names(project)).toSorted()).toEqual(['Early', 'Late'])
  })

  it('outlasts a client, whose records are stored all the same', async () => {
    const project = await server.createProject()
    await arm({ latency_ms: 300 })
    const socket = connect(Number(url.port), url.hostname)
    socket.write(`GET /track?ip=1&data=${toBase64(event(project))} HTTP/1.1\r\nHost: a\r\n\r\n`)
    await expect.poll(async () => (await list())[0].fired).toBe(1)
    socket.destroy()
    await expect.poll(() => names(project)).toEqual(['Bought'])
  })

  it('does not hold up a server that stops', async () => {
    const other = await startServer()
    const project = await other.createProject()
    await other.send(json('PUT', '/_twin/faults', [{ latency_ms: 600_000 }]))
    const answer = other.send(trackJson([event(project)]))
    await expect.poll(async () => (await other.send({ url: '/_twin/faults' })).json()[0].fired).toBe(1)
    await other.close()
    expect([200, 503]).toContain((await answer).statusCode)
  })
})

describe('which calls', () => {
  it('the n-th: skip lets calls pass, times ends it, and the next in the list takes over', async () => {
    const project = await server.createProject()
    await arm({ status: 500, skip: 1, times: 2 }, { status: 429, times: 1 })
    expect(await statuses(5, () => track(project))).toEqual([429, 500, 500, 200, 200])
    expect(await list()).toMatchObject([
      { status: 500, skip: 1, times: 2, matched: 5, fired: 2 },
      { status: 429, times: 1, matched: 3, fired: 1 },
    ])
  })

  it('so many of those that come side by side, neither more nor less', async () => {
    const [own, other] = [await server.createProject(), await server.createProject()]
    await arm({ project: own.token, status: 500, times: 3 }, { status: 502, times: 4 })
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => track(n % 2 === 0 ? own : other, `Event ${n}`)),
    )
    const count = (status: number) => answers.filter(({ statusCode }) => statusCode === status).length
    expect([count(500), count(502), count(200)]).toEqual([3, 4, 33])
    expect(await list()).toMatchObject([
      { matched: 20, fired: 3 },
      { matched: 37, fired: 4 },
    ])
    expect((await names(own)).length + (await names(other)).length).toBe(33)
  })

  it('some, drawn from a seed: the same each time it is set', async () => {
    const project = await server.createProject()
    const run = async (faults: unknown) => {
      await put(faults)
      return (await statuses(40, () => track(project))).join()
    }
    const fault = { status: 503, probability: 0.3 }
    const first = await run([{ ...fault, seed: 11 }])
    expect(await run([{ ...fault, seed: 11 }])).toBe(first)
    expect(await run({ seed: 11, faults: [fault] })).toBe(first)
    expect(await run([{ ...fault, seed: 12 }])).not.toBe(first)
    expect(new Set(first.split(','))).toEqual(new Set(['200', '503']))
    expect(await run({ seed: 11, faults: [{ ...fault, seed: 12 }] })).toBe(
      await run([{ ...fault, seed: 12 }]),
    )
  })

  it('of one path or a beginning, with any slashes, and of one method', async () => {
    const project = await server.createProject()
    await arm({ path: '/track', method: 'POST', status: 500 }, { path: '/en*', status: 502 })
    const at = (request: InjectOptions) => server.send(request).then(({ statusCode }) => statusCode)
    const data = encodeURIComponent(JSON.stringify([event(project)]))
    expect(await at({ url: `/track?data=${data}` })).toBe(200)
    expect(await at({ ...trackJson([event(project)]), url: '//track/?ip=1' })).toBe(500)
    expect(await at({ url: `/engage/?data=${data}` })).toBe(502)
    expect(await at({ url: `/groups?data=${data}` })).toBe(200)
  })

  it('never those of the twin API', async () => {
    const project = await server.createProject()
    await arm({ path: '*', reset_connection: true })
    expect((await server.send({ url: '/_twin/health' })).statusCode).toBe(200)
    expect((await server.send({ url: `/_twin/projects/${project.token}` })).statusCode).toBe(200)
    expect((await list())[0]).toMatchObject({ matched: 0, fired: 0 })
  })

  it('of one project, however a request names it', async () => {
    const [own, other] = [await server.createProject(), await server.createProject()]
    await arm({ path: '*', project: own.token, status: 503 })
    const account = (of: TestProject) => ({
      url: `/api/2.0/export?from_date=2026-08-01&to_date=2026-08-02&project_id=${of.project_id}`,
      headers: basic(of.service_account.username, of.service_account.secret),
    })
    const profile = (of: TestProject) => [{ $token: of.token, $distinct_id: 'u', $set: { a: 1 } }]
    const form = (of: TestProject) => ({
      method: 'POST' as const,
      url: '/track',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: `data=${Buffer.from(JSON.stringify(event(of))).toString('base64')}`,
    })
    const ways: readonly ((of: TestProject) => InjectOptions)[] = [
      (of) => trackJson([event(of)]),
      form,
      (of) => json('POST', '/engage', profile(of)),
      (of) => importJson(of.token, [], '?strict=0'),
      (of) => importJson(of.secret, [], '?strict=0'),
      (of) => ({ url: exportUrl, headers: basic(of.secret) }),
      account,
      (of) => ({ url: '/flags?context=%7B%22distinct_id%22%3A%22u%22%7D', headers: basic(of.token) }),
    ]
    for (const way of ways) {
      const seen = [await server.send(way(own)), await server.send(way(other))]
      expect(seen.map(({ statusCode }) => statusCode)).toEqual([503, 200])
    }
    const mixed = await server.send(trackJson([event(other), event(own)]))
    expect(mixed.statusCode).toBe(503)
    expect((await list())[0]).toMatchObject({ project: own.token, matched: 9, fired: 9 })
    await arm({ project: own.project_id, status: 500 })
    expect([(await track(own)).statusCode, (await track(other)).statusCode]).toEqual([500, 200])
  })

  it('of a project that its first event will make', async () => {
    const open = await startServer({ unknownTokens: 'create' })
    try {
      const answer = await open.send(
        json('PUT', '/_twin/faults', [{ project: 'ci-7', status: 503, times: 1 }]),
      )
      expect(answer.statusCode).toBe(200)
      const send = (token: string) =>
        open.send(trackJson([{ event: 'a', properties: { token } }])).then(({ statusCode }) => statusCode)
      expect([await send('ci-8'), await send('ci-7'), await send('ci-7')]).toEqual([200, 503, 200])
      // It has an id by now, and a reset of the project finds its fault by the token.
      expect((await open.send({ url: '/_twin/projects/ci-7/faults' })).json()).toHaveLength(1)
      await open.send({ method: 'POST', url: '/_twin/projects/ci-7/reset' })
      expect((await open.send({ url: '/_twin/faults' })).json()).toEqual([])
    } finally {
      await open.close()
    }
  })
})

describe('setting faults', () => {
  it('shows them as they are, with a number and counts; PUT replaces, DELETE clears', async () => {
    const fault = {
      path: '/track',
      method: 'POST',
      status: 429,
      retry_after: null,
      probability: 0.5,
      seed: 9,
    }
    const answer = await put([fault, { latency_ms: 1 }])
    const shown = [
      { id: expect.any(Number), ...fault, matched: 0, fired: 0 },
      { id: expect.any(Number), latency_ms: 1, matched: 0, fired: 0 },
    ]
    expect([answer.statusCode, answer.json()]).toEqual([200, shown])
    expect(await list()).toEqual(shown)
    expect((await put({ faults: [{ status: 500 }] })).json()).toHaveLength(1)
    expect(await list()).toMatchObject([{ status: 500 }])
    const cleared = await server.send({ method: 'DELETE', url: '/_twin/faults' })
    expect([cleared.statusCode, cleared.body, await list()]).toEqual([204, '', []])
  })

  it('of one project by its own path, beside those of others', async () => {
    const [own, other] = [await server.createProject(), await server.createProject()]
    await arm({ path: '/groups', status: 500 }, { project: other.token, status: 502 })
    const path = `/_twin/projects/${own.token}/faults`
    expect((await put([{ status: 503 }], path)).json()).toMatchObject([{ status: 503 }])
    expect([(await track(own)).statusCode, (await track(other)).statusCode]).toEqual([503, 502])
    expect((await put([{ status: 413 }], `/_twin/projects/${own.project_id}/faults`)).statusCode).toBe(200)
    expect(await list(path)).toMatchObject([{ status: 413, matched: 0 }])
    expect(await list()).toMatchObject([{ status: 500 }, { status: 502, fired: 1 }, { status: 413 }])
    expect((await server.send({ method: 'DELETE', url: path })).statusCode).toBe(204)
    expect(await list()).toMatchObject([{ status: 500 }, { status: 502 }])
    for (const method of ['GET', 'PUT', 'DELETE'] as const) {
      const nobody = await server.send({
        ...json('PUT', '/_twin/projects/nobody/faults', []),
        method,
      })
      expect(nobody.statusCode).toBe(404)
    }
  })

  it('a reset of a project, and its end, take its faults away and no others', async () => {
    const [own, other] = [await server.createProject(), await server.createProject()]
    await arm(
      { project: own.token, status: 500 },
      { project: other.project_id, status: 501 },
      { status: 502 },
    )
    await server.send({ method: 'POST', url: `/_twin/projects/${own.token}/reset` })
    expect(await list()).toMatchObject([{ status: 501 }, { status: 502 }])
    await server.send({ method: 'DELETE', url: `/_twin/projects/${other.token}` })
    expect(await list()).toMatchObject([{ status: 502 }])
  })

  it.each([
    [[{ status: 99 }], 'faults[0].status must be at least 200.'],
    [[{ status: 500 }, { status: '500' }], 'faults[1].status must be an integer.'],
    [[{ status: 500, stauts: 1 }], 'faults[0] has the unknown field "stauts".'],
    [[{ status: 500, probability: 2 }], 'faults[0].probability must be at most 1.'],
    [
      [{ status: 500, method: 'get' }],
      'faults[0].method must be one of: "GET", "POST", "PUT", "PATCH", "DELETE".',
    ],
    [[{ status: 500, times: 0 }], 'faults[0].times must be at least 1.'],
    [[{ status: 500, path: 'track' }], /^faults\[0\]\.path must match the pattern/],
    [[{ status: 500, path: '/t*k' }], /^faults\[0\]\.path must match the pattern/],
    [[{ status: 500, path: '' }], /^faults\[0\]\.path must /],
    [[{ status: 500, content_type: 'a\nb' }], /^faults\[0\]\.content_type must match the pattern/],
    [[{ status: 500, project: 'nobody' }], 'faults[0].project: no project has this id or token.'],
    [[{ status: 500, project: 999_999 }], 'faults[0].project: no project has this id or token.'],
    [[{ path: '/_twin/faults', status: 500 }], /^faults\[0\]\.path: /],
    [[{}], /^faults\[0\]: there is no effect/],
    [{ seed: 1 }, 'The body must have the field "faults".'],
    [{ faults: [], sede: 1 }, 'The body has the unknown field "sede".'],
    [{ faults: [], seed: -1 }, 'seed must be at least 0.'],
    [7, 'The body must be an object.'],
  ])('%j is a problem: %s', async (body, detail) => {
    await arm({ status: 418 })
    const answer = await put(body)
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      400,
      expect.stringMatching(/^application\/problem\+json/),
    ])
    const told = answer.json().detail
    if (typeof detail === 'string') expect(told).toBe(detail)
    else expect(told).toMatch(detail)
    // What was set before stays.
    expect(await list()).toMatchObject([{ status: 418 }])
  })

  it('a project’s own list names no project', async () => {
    const project = await server.createProject()
    const answer = await put(
      [{ status: 500, project: project.token }],
      `/_twin/projects/${project.token}/faults`,
    )
    expect([answer.statusCode, answer.json().detail]).toEqual([
      400,
      'faults[0].project: the path names the project already; leave it out.',
    ])
  })

  it('is of one server, not of all that share its database', async () => {
    const shared = await startSharedServers(2)
    try {
      const { token } = await shared.createProject()
      const [first, second] = shared.apps
      await first?.inject(json('PUT', '/_twin/faults', [{ status: 503 }]))
      const request = trackJson([{ event: 'a', properties: { token } }])
      expect((await first?.inject(request))?.statusCode).toBe(503)
      expect((await second?.inject(request))?.statusCode).toBe(200)
    } finally {
      await shared.close()
    }
  })
})

describe('the bodies of requests that a fault answers', () => {
  it('take no room for longer than that (IMP-31)', async () => {
    const { token } = await server.createProject()
    const faults = `/_twin/projects/${token}/faults`
    await server.send({ method: 'PUT', url: faults, payload: [{ path: '/track', status: 503 }] })
    const payload = JSON.stringify([{ event: 'E', properties: { token, p: 'x'.repeat(9_000_000) } }])
    const headers = { 'content-type': 'application/json' }
    for (let sent = 0; sent < 12; sent++) {
      const answer = await server.send({ method: 'POST', url: '/track', headers, payload })
      expect(answer.statusCode).toBe(503)
    }
    expect((await server.send({ method: 'DELETE', url: faults })).statusCode).toBe(204)
    expect((await server.send({ method: 'POST', url: '/track', headers, payload })).statusCode).toBe(200)
  })
})

describe('a fault of a project on a route that reads its body as it comes', () => {
  it('leaves the body to the route (LKP-02)', async () => {
    const project = await server.createProject()
    const own = `/_twin/projects/${project.token}`
    const table = { name: 'Accounts', id: 'accounts' }
    await server.send({ method: 'POST', url: `${own}/lookup-tables`, payload: table })
    const faults = [{ path: '/lookup-tables/*', latency_ms: 20 }]
    await server.send({ method: 'PUT', url: `${own}/faults`, payload: faults })
    const answer = await server.send({
      method: 'PUT',
      url: `/lookup-tables/accounts?project_id=${project.project_id}`,
      headers: { ...basic(project.secret), 'content-type': 'text/csv' },
      payload: 'id,name\n1,Ada\n',
    })
    expect([answer.statusCode, answer.headers['twinpanel-fault']]).toEqual([200, expect.any(String)])
    const { rows } = (await server.send({ url: `${own}/lookup-tables/accounts` })).json()
    expect(rows).toEqual([{ id: '1', properties: { name: 'Ada' } }])
  })
})
