import { createServer, type IncomingHttpHeaders, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AttackedServer, startAttackedServer } from './attacked-server.ts'

/*
 * A reverse proxy on this machine, before a server on loopback without an admin token: its clients are on the internet,
 * its connections come from loopback, and the Host header is the one of the server.
 */

let server: AttackedServer
beforeAll(async () => {
  server = await startAttackedServer()
  const project = { method: 'POST', headers: JSON_TYPE, body: '{"token":"victim"}' }
  expect((await fetch(`${server.url}/_twin/projects`, project)).status).toBe(201)
})
afterAll(() => server.close())

const JSON_TYPE = { 'content-type': 'application/json' }

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Passes one request on as a proxy does that adds these headers and writes Host anew. Out: what the client gets. */
async function throughProxy(added: Record<string, string>, method: string, path: string): Promise<Answer> {
  const proxy = createServer((request, response) => {
    const headers = { ...request.headers, host: `127.0.0.1:${server.port}`, ...added }
    const passed = send({
      port: server.port,
      host: '127.0.0.1',
      method: request.method,
      path: request.url,
      headers,
    })
    passed.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(passed)
  })
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
  const { port } = proxy.address() as AddressInfo
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, redirect: 'manual' })
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }
  } finally {
    proxy.close()
    proxy.closeAllConnections()
  }
}

const PROXIES = [
  { 'x-forwarded-for': '203.0.113.9' },
  { forwarded: 'for=203.0.113.9' },
  { 'x-real-ip': '203.0.113.9' },
  { via: '1.1 proxy' },
  { 'cf-connecting-ip': '203.0.113.9' },
  { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-host': 'localhost' },
  { 'x-forwarded-proto': '' },
]

describe.each(PROXIES)('behind a proxy that adds %j (SEC-12)', (added) => {
  it.each([
    ['POST', '/_twin/projects/victim/credentials'],
    ['POST', '/_twin/projects/victim/reset'],
    ['DELETE', '/_twin/projects/victim'],
    ['GET', '/_twin/projects'],
    ['PUT', '/_twin/faults'],
    ['GET', '/_twin/openapi.json'],
    ['GET', '/metrics'],
  ])('%s %s is nobody’s', async (method, path) => {
    const { status, body } = await throughProxy(added, method, path)
    expect([status, JSON.parse(body).detail]).toEqual([
      403,
      expect.stringContaining('set TWINPANEL_ADMIN_TOKEN'),
    ])
  })

  it('nobody is sent on to another site, and the event is taken', async () => {
    const event = { event: 'E', properties: { token: 'victim', distinct_id: 'u' } }
    const query = `data=${encodeURIComponent(JSON.stringify(event))}&redirect=https%3A%2F%2Fevil.example%2F`
    const passed = await throughProxy(added, 'GET', `/track?${query}`)
    expect([passed.status, passed.headers['location'], passed.body]).toEqual([200, undefined, '1'])
  })
})

it('what the proxy was put there for still works: the project is there, and this machine is its admin (SEC-12)', async () => {
  expect((await throughProxy({ via: '1.1 proxy' }, 'GET', '/_twin/health')).status).toBe(200)
  expect((await fetch(`${server.url}/_twin/projects/victim`)).status).toBe(200)
})

it('nginx without any setting adds no header, and is known by its HTTP/1.0 (SEC-12)', async () => {
  const { connect } = await import('node:net')
  const head = `GET /_twin/projects HTTP/1.0\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`
  const answer = await new Promise<string>((done, failed) => {
    let text = ''
    const socket = connect(server.port, '127.0.0.1', () => socket.write(head))
    socket
      .on('data', (chunk) => (text += chunk))
      .on('end', () => done(text))
      .on('error', failed)
  })
  expect(answer).toMatch(/^HTTP\/1\.1 403 /)
})
