import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { badRequest, headersTooLarge, requestTimeout, uriTooLong } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'

/** What Node says of bytes that make no request: what was read last, and how much of it was understood. */
type BadConnection = Pick<ConnectionError, 'code' | 'bytesParsed'> & { readonly rawPacket: unknown }

/** So long a client may go on sending what is not read, so that it finds the answer and not a broken connection. */
const LINGER_MS = 1_000

/**
 * Answers what no request can be made of, in the form that all our errors have, and closes the connection: a URL that
 * is too long (TRK-25), too many headers, a request that does not come to its end, and what is no HTTP.
 */
export function refuseConnection(error: BadConnection, socket: Socket): void {
  if (error.code !== 'ECONNRESET') refuseOn(socket, planFor(error))
}

/** Writes an answer to a connection from which no request is expected any more, and closes it. */
export function refuseOn(socket: Socket, { status, contentType, headers = {}, body }: ReplyPlan): void {
  if (!socket.writable) return
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

function planFor(error: BadConnection): ReplyPlan {
  if (error.code === 'HPE_HEADER_OVERFLOW') return isInUrl(error) ? uriTooLong() : headersTooLarge()
  return error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? requestTimeout() : badRequest('malformed HTTP request')
}

/** True where no line has ended in what was read last: in a URL, then, as no header is as long as that. */
function isInUrl({ rawPacket, bytesParsed }: BadConnection): boolean {
  return Buffer.isBuffer(rawPacket) && !rawPacket.subarray(0, bytesParsed).includes('\r\n')
}
