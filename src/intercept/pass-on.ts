import http from 'node:http'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import type { Target } from './hosts.ts'

/** Connects a client with a host, and passes bytes both ways. */
export function passConnection(client: Socket, head: Buffer, { host, port }: Target): void {
  const upstream = connect({ host, port })
  upstream.once('connect', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n')
    if (head.length > 0) upstream.write(head)
    upstream.off('error', refuse)
    pipeline(client, upstream, client, ignore)
  })
  const refuse = (error: NodeJS.ErrnoException) => refuseConnect(client, 502, describe(host, error))
  upstream.once('error', refuse)
  client.once('close', () => upstream.destroy())
}

/** Sends a request to a host, and its answer to the client. */
export function passRequest(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { host, port, path }: Target & { readonly path: string },
): void {
  const { method, rawHeaders } = request
  const headers = withoutHopByHop(rawHeaders)
  const upstream = http.request({ host, port, path, method, headers, setHost: false, agent: false })
  upstream.once('response', (answer) => {
    const { statusCode = 502, statusMessage } = answer
    response.writeHead(statusCode, statusMessage, withoutHopByHop(answer.rawHeaders))
    pipeline(answer, response, ignore)
  })
  upstream.once('error', (error) => refuseRequest(response, 502, describe(host, error)))
  response.once('close', () => upstream.destroy())
  pipeline(request, upstream, ignore)
}

/** Headers for one connection only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'upgrade',
])

/** In and out: names and values by turns. */
function withoutHopByHop(raw: readonly string[]): string[] {
  return raw.filter((_, index) => !HOP_BY_HOP.has(raw[index - (index % 2)]?.toLowerCase() ?? ''))
}

function describe(host: string, error: NodeJS.ErrnoException): string {
  return `Twinpanel cannot reach ${host} (${error.code ?? error.message})`
}

/** Refuses a tunnel. Most clients show the reason phrase only. */
export function refuseConnect(socket: Socket, status: number, sentence: string): void {
  if (!socket.writable) return
  const head = [
    `HTTP/1.1 ${status} ${sentence}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${sentence.length + 1}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${sentence}\n`)
}

/** Refuses a request. */
export function refuseRequest(response: http.ServerResponse, status: number, sentence: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  // A browser shows the body to a page only with this header.
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'access-control-allow-origin': '*',
    connection: 'close',
  })
  response.end(`${sentence}\n`)
}

/** Either side may go away at any time. */
function ignore(): void {}
