import { once } from 'node:events'
import type http from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createHttpServer, MAX_CONNECTIONS_OF_ADDRESS, speaksForMany } from '../../../src/http/http-server.ts'

describe('speaksForMany', () => {
  it.each<[boolean | string, string, boolean]>([
    [false, '127.0.0.1', true],
    [false, '::1', true],
    [false, '::ffff:127.0.0.1', true],
    [false, '10.0.0.1', false],
    [true, '203.0.113.9', true],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '::ffff:10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.1', '127.0.0.1', true],
    ['192.0.2.0/24, uniquelocal', '192.0.2.200', true],
    ['192.0.2.0/24, uniquelocal', '192.168.1.1', true],
    ['192.0.2.0/24, uniquelocal', 'fd00::1', true],
    ['192.0.2.0/24, uniquelocal', '203.0.113.9', false],
    ['2001:db8::/32', '2001:db8::7', true],
    ['linklocal', '169.254.9.9', true],
  ])('with TWINPANEL_TRUST_PROXY %s: %s is %s', (trustProxy, address, expected) => {
    expect(speaksForMany(trustProxy)(address)).toBe(expected)
  })
})

const answerWhole: http.RequestListener = (request, response) => {
  request.resume().once('end', () => response.end('ok'))
}

/** A server that answers "ok", and the time it has, which the test moves. */
async function listen(
  isExempt: boolean,
  answer: http.RequestListener = answerWhole,
): Promise<{ port: number; time: { ms: number }; server: http.Server }> {
  const time = { ms: 0 }
  const server = createHttpServer(answer, { tls: undefined, isExempt: () => isExempt, now: () => time.ms })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, time, server }
}

async function open(port: number): Promise<{ socket: Socket; text: () => string; isClosed: () => boolean }> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let isClosed = false
  socket.on('data', (data) => {
    text += data.toString()
  })
  socket
    .on('error', () => undefined)
    .once('close', () => {
      isClosed = true
    })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return { socket, text: () => text, isClosed: () => isClosed }
}

const HEAD = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n'

describe('createHttpServer', () => {
  it('closes what one address opens beyond its share, and takes more once others are closed', async () => {
    const { port } = await listen(false)
    const all = await Promise.all(Array.from({ length: MAX_CONNECTIONS_OF_ADDRESS }, () => open(port)))
    const beyond = await open(port)
    await expect.poll(beyond.isClosed).toBe(true)
    expect(all.some((one) => one.isClosed())).toBe(false)
    all[0]?.socket.destroy()
    await expect
      .poll(async () => {
        const again = await open(port)
        again.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
        await expect.poll(() => again.isClosed() || again.text() !== '').toBe(true)
        return again.text()
      })
      .toMatch(/^HTTP\/1.1 200/)
  })

  it('bounds nobody who speaks for many', async () => {
    const { port } = await listen(true)
    const all = await Promise.all(Array.from({ length: MAX_CONNECTIONS_OF_ADDRESS + 1 }, () => open(port)))
    all.at(-1)?.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await expect.poll(() => all.at(-1)?.text()).toMatch(/^HTTP\/1.1 200/)
  })

  it.each([
    ['nothing', 0, 408],
    ['a byte less than it must', 10_239, 408],
    ['as much as it must', 10_240, undefined],
  ])('ends the wait for a body that brings %s in ten seconds', async (_what, bytes, status) => {
    const { port, time } = await listen(true)
    const { socket, text } = await open(port)
    socket.write(HEAD)
    // The server has looked at it once.
    await new Promise((resolve) => setTimeout(resolve, 400))
    socket.write('x'.repeat(bytes))
    await new Promise((resolve) => setTimeout(resolve, 400))
    time.ms = 10_000
    if (status === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 400))
      expect(text()).toBe('')
    } else await expect.poll(text).toMatch(/^HTTP\/1.1 408 .*request timed out/s)
  })

  it('asks nothing of a connection between two requests, nor of one that is answered', async () => {
    const { port, time } = await listen(true)
    const { socket, text, isClosed } = await open(port)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await expect.poll(text).toMatch(/ok/)
    time.ms = 60_000
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(isClosed()).toBe(false)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await expect.poll(text).toMatch(/ok.*ok/s)
  })

  it('refuses the longest of unfinished headers where they hold more than 32 MB together', async () => {
    const { port } = await listen(true)
    const long = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(1_000_000)}`
    const short = await open(port)
    short.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX: x')
    const all = await Promise.all(Array.from({ length: 50 }, () => open(port)))
    for (const { socket } of all) socket.write(long)
    await expect
      .poll(() => all.filter(({ text }) => text().startsWith('HTTP/1.1 429')).length)
      .toBeGreaterThan(15)
    short.socket.write('\r\n\r\n')
    await expect.poll(short.text).toMatch(/^HTTP\/1.1 200/)
  })

  it.each([
    ['trailers', answerWhole],
    ['trailers that follow the answer', (_request, response) => response.end('ok')],
    ['headers after a request', answerWhole],
  ] satisfies [string, http.RequestListener][])('counts %s as unfinished headers', async (what, answer) => {
    const { port } = await listen(true, answer)
    const before = what.startsWith('trailers')
      ? `POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n`
      : 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n'
    const all = await Promise.all(Array.from({ length: 50 }, () => open(port)))
    for (const { socket } of all) socket.write(before)
    if (what !== 'trailers')
      await expect.poll(() => all.every(({ text }) => text().includes('ok'))).toBe(true)
    for (const { socket } of all) socket.write(`X: ${'x'.repeat(1_000_000)}`)
    const refused = () => all.filter(({ text }) => text().includes('HTTP/1.1 429')).length
    await expect.poll(refused).toBeGreaterThan(10)
    expect(refused()).toBeLessThan(25)
  })

  it.each([
    ['of a known length', 'Content-Length: 3000000', '', '', answerWhole],
    ['in chunks', 'Transfer-Encoding: chunked', '2dc6c0\r\n', '\r\n0\r\n\r\n', answerWhole],
    [
      'in chunks that nobody reads',
      'Transfer-Encoding: chunked',
      '2dc6c0\r\n',
      '\r\n0\r\n\r\n',
      (_request, response) => response.end('ok'),
    ],
  ] satisfies [string, string, string, string, http.RequestListener][])(
    'does not count a body %s',
    async (_what, header, before, after, answer) => {
      const { port } = await listen(true, answer)
      const whole = `POST / HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n${before}${'x'.repeat(3_000_000)}${after}`
      const all = await Promise.all(Array.from({ length: 20 }, () => open(port)))
      // All but their last bytes, so that 60 MB are unfinished at the same time.
      for (const { socket } of all) socket.write(whole.slice(0, -1))
      await new Promise((resolve) => setTimeout(resolve, 400))
      for (const { socket } of all)
        socket.write(`${whole.slice(-1)}GET / HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      await expect.poll(() => all.every(({ text }) => /ok.*ok/s.test(text()))).toBe(true)
    },
  )

  it('closes a connection whose earlier request is not answered yet, without an answer to confuse it', async () => {
    const { port } = await listen(true, () => undefined)
    const all = await Promise.all(Array.from({ length: 50 }, () => open(port)))
    for (const { socket } of all)
      socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nX: ${'x'.repeat(1_000_000)}`)
    await expect.poll(() => all.filter(({ isClosed }) => isClosed()).length).toBeGreaterThan(10)
    expect(all.map(({ text }) => text()).join('')).toBe('')
  })
})
