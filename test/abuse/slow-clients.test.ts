import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { until } from '../support/server-process.ts'
import { type AttackedServer, MAX_WAIT_MS, startAttackedServer } from './attacked-server.ts'

/* Clients that send slowly, or never come to an end. */

let server: AttackedServer | undefined
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.close()
  server = undefined
})

/** A connection that has sent something, what came back on it, and how to send more. */
interface Sent {
  readonly answer: () => string
  readonly more: (text: string) => void
}

async function send(port: number, text: string): Promise<Sent> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let answer = ''
  socket.on('data', (data) => {
    answer += data.toString()
  })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(text)
  return { answer: () => answer, more: (text) => socket.write(text) }
}

const CONNECTIONS = 300
const LONG = `X: ${'x'.repeat(1_000_000)}`

it('unfinished headers and bodies that do not come are awaited for ten seconds, and hold up nobody', {
  timeout: 60_000,
}, async () => {
  const own = await startAttackedServer()
  server = own
  const idle = 'POST /track HTTP/1.1\r\nHost: localhost\r\nContent-Length: 31000000\r\n\r\n'
  const endless = `GET / HTTP/1.1\r\nHost: localhost\r\n${LONG}`
  const wait = await own.longestWait(async () => {
    const bodies = await Promise.all(Array.from({ length: 12 }, () => send(own.port, idle)))
    const headers = await Promise.all(Array.from({ length: CONNECTIONS }, () => send(own.port, endless)))
    const posted = await fetch(`${own.url}/track`, { method: 'POST', body: 'x'.repeat(1_000_000) })
    expect(posted.status).toBe(200)
    const are = (all: typeof bodies, status: RegExp) =>
      all.filter(({ answer }) => status.test(answer())).length
    // Thirty-two of them have a megabyte each; the others had to go.
    await until('the longest headers to be refused', () => are(headers, /^HTTP\/1.1 429/) > 250)
    await until('the other headers to be given up', () => are(headers, /^HTTP\/1.1 4(08|29)/) === CONNECTIONS)
    await until('the bodies to be given up', () => are(bodies, /^HTTP\/1.1 408/) === 12)
  })
  expect(wait.workMs).toBeLessThan(2 * MAX_WAIT_MS)
  expect((await own.peakMb()) ?? 0).toBeLessThan(600)
})

it.each([
  [
    'headers after a request',
    'GET /_twin/health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    `GET / HTTP/1.1\r\n${LONG}`,
  ],
  [
    'trailers',
    'POST /track HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    `0\r\n${LONG}`,
  ],
  [
    'trailers after the answer',
    'POST /import HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    `0\r\n${LONG}`,
  ],
  ['a URL', 'GET ', `/track?data=${'x'.repeat(1_000_000)}`],
  ['whole headers', 'GET /_twin/health HTTP/1.1\r\nHost: localhost\r\n', `${LONG}\r\n\r\n`],
])(
  'a megabyte of %s on each of many connections holds up nobody',
  { timeout: 60_000 },
  async (what, first, then) => {
    const own = await startAttackedServer()
    server = own
    const all = await Promise.all(Array.from({ length: CONNECTIONS }, () => send(own.port, first)))
    const has = (pattern: RegExp) => all.filter(({ answer }) => pattern.test(answer())).length
    if (/after/.test(what)) await until('the first answers', () => has(/^HTTP/) === CONNECTIONS)
    const wait = await own.longestWait(async () => {
      for (const { more } of all) more(then)
      // Thirty-two of them may have a megabyte each; a request that is whole before its turn to go is answered.
      if (what === 'whole headers')
        await until('all answers', () => has(/^HTTP\/1.1 (200|429)/) === CONNECTIONS)
      else await until('the longest to be refused', () => has(/HTTP\/1.1 429/) > 250)
    })
    expect(wait.workMs).toBeLessThan(2 * MAX_WAIT_MS)
  },
)

it('SIGTERM is heard while costly requests are under way', { timeout: 60_000 }, async () => {
  const own = await startAttackedServer()
  server = own
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' }
  const body = gzipSync('a&'.repeat(15_000_000))
  const one = async () => (await fetch(`${own.url}/track`, { method: 'POST', headers, body })).status
  const answers = Promise.allSettled(Array.from({ length: 8 }, one))
  await until('them to be under way', async () => (await fetch(`${own.url}/_twin/health`)).ok)
  own.process.child.kill('SIGTERM')
  expect(await own.process.ended).toEqual({ code: 0, signal: null })
  // What had arrived is answered; a connection that had not is closed.
  const statuses = (await answers).flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  expect(new Set([...statuses, 200])).toEqual(new Set([200]))
})
