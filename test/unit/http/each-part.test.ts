import { once } from 'node:events'
import http from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { onEachPart } from '../../../src/http/each-part.ts'

/** Hides what Node's parser calls after each part, as if another version had it elsewhere. */
function hideCallback(socket: Socket): void {
  const parser: object = Reflect.get(socket, 'parser')
  Reflect.deleteProperty(parser, Reflect.get(parser.constructor, 'kOnExecute'))
}

it.each<[string, (socket: Socket) => void]>([
  ['by the callback of the parser', () => undefined],
  ['by the event for data', hideCallback],
])('tells of each part of headers that are not finished: %s', async (_way, prepare) => {
  const server = http.createServer((_request, response) => response.end('ok'))
  const parts: number[] = []
  server.on('connection', (socket: Socket) => {
    prepare(socket)
    onEachPart(socket, (bytes) => parts.push(bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const sent: number[] = []
  for (const part of ['GET / HTTP/1.1\r\n', 'Host: local', 'host\r\n\r\n']) {
    socket.write(part)
    sent.push(part.length)
    await expect.poll(() => parts).toEqual(sent)
  }
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200/)
  expect(socket.listenerCount('data')).toBe(0)
})
