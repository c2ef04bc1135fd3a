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

/** Announces a body of so many bytes, and sends none of it. */
function announce(bytes: number): Promise<{ readonly socket: Socket; readonly answer: Promise<string> }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`POST /track HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`)
      resolve({ socket, answer })
    })
    const answer = new Promise<string>((answered) => socket.once('data', (data) => answered(data.toString())))
  })
}

it('DEC-08: 429 with Retry-After, until there is room', async () => {
  const under = await Promise.all(Array.from({ length: 10 }, () => announce(26_000_000)))
  const { answer, socket } = await announce(26_000_000)
  expect(await answer).toMatch(/^HTTP\/1.1 429 .*retry-after: 2/s)
  socket.destroy()
  for (const one of under) one.socket.destroy()
  await expect
    .poll(
      async () =>
        await (await fetch(`http://127.0.0.1:${port}/track`, { method: 'POST', body: 'data=' })).text(),
    )
    .toBe('0')
  const again = await announce(2)
  again.socket.write('[]')
  expect(await again.answer).toMatch(/^HTTP\/1.1 200/)
  again.socket.destroy()
})
