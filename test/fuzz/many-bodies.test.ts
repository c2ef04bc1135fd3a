import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'

/*
 * Many large bodies at once must not fill the memory: what is more than the server will hold is told to come again,
 * and is taken once there is room (DEC-08).
 */

let server: TestServer
let port: number
beforeAll(async () => {
  server = await startServer()
  await server.app.listen({ host: '127.0.0.1', port: 0 })
  const address = server.app.server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterAll(() => server.close())

/** Announces a body of so many bytes, and sends some of them. */
function begin(
  announced: number,
  sent: number,
): Promise<{ readonly socket: Socket; readonly answer: Promise<string> }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST /track HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${announced}\r\n\r\n`)
      socket.write(Buffer.alloc(sent, 'a'), () => resolve({ socket, answer }))
    })
    const answer = new Promise<string>((answered) => socket.once('data', (data) => answered(data.toString())))
  })
}

it('429 with Retry-After, until there is room (DEC-08)', async () => {
  const under = await Promise.all(Array.from({ length: 4 }, () => begin(26_000_000, 24_000_000)))
  const { answer, socket } = await begin(26_000_000, 25_000_000)
  expect(await answer).toMatch(/^HTTP\/1.1 429 .*retry-after: 2/s)
  socket.destroy()
  for (const one of under) one.socket.destroy()
  const url = `http://127.0.0.1:${port}/track`
  await expect
    .poll(async () => (await fetch(url, { method: 'POST', body: 'x'.repeat(1e6) })).status)
    .toBe(200)
})

it('a body that is announced and does not come takes no room (DEC-08)', async () => {
  const idle = await Promise.all(Array.from({ length: 12 }, () => begin(31_000_000, 0)))
  const { answer, socket } = await begin(2, 0)
  socket.write('[]')
  expect(await answer).toMatch(/^HTTP\/1.1 200/)
  for (const one of [...idle, { socket }]) one.socket.destroy()
})
