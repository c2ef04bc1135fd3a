import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { badRequest, headersTooLarge, requestTimeout, uriTooLong } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'

/** Node's error for bytes that are not a request: the last bytes read, and the number of them that were parsed. */
type BadConnection = Pick<ConnectionError, 'code' | 'bytesParsed'> & { readonly rawPacket: unknown }

/** How long a client may keep sending unread bytes, so that it sees the answer and not a reset connection. */
const LINGER_MS = 1_000

/**
 * Answers what cannot be parsed as a request, in the format of all errors, and closes the connection: a URL that is too
 * long (TRK-25), too many headers, a request that is not completed in time, and bytes that are not HTTP.
 */
export function refuseConnection(error: BadConnection, socket: Socket): void {
  if (error.code !== 'ECONNRESET') refuseOn(socket, planFor(error))
}

/** Writes an answer to a connection that expects no further request, and closes it. */
export function refuseOn(socket: Socket, { status, contentType, headers = {}, body }: ReplyPlan): void {
  if (!socket.writable) return
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ]
  discardRest(socket)
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

/** Parses nothing more of what a connection sends. */
function discardRest(socket: Socket): void {
  socket.removeAllListeners('data')
  socket.on('data', () => undefined).resume()
}

function planFor(error: BadConnection): ReplyPlan {
  if (error.code === 'HPE_HEADER_OVERFLOW') return isInUrl(error) ? uriTooLong() : headersTooLarge()
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? requestTimeout() : badRequest('malformed HTTP request')
}

/** True if the bytes read last have no line end: they are part of a URL, since no header is that long. */
function isInUrl({ rawPacket, bytesParsed }: BadConnection): boolean {
  return Buffer.isBuffer(rawPacket) && !rawPacket.subarray(0, bytesParsed).includes('\r\n')
}
