import type http from 'node:http'
import type { Socket } from 'node:net'
import { requestTimeout, tooBusy } from '../core/respond/errors.ts'
import { refuseOn } from './connection-errors.ts'

/** Bytes of incomplete headers of all connections together; one may have a megabyte (TRK-25). */
const MAX_UNFINISHED_BYTES = 32 * 1_048_576
/** The minimum speed of a body, in bytes per window: lower than a bad mobile connection. */
const MIN_BODY_BYTES = 10_240
const BODY_WINDOW_MS = 10_000
/** How often connections are checked. */
const LOOK_EVERY_MS = 100

/** The state of a connection. */
interface Connection {
  /** The last request with complete headers. */
  request: http.IncomingMessage | undefined
  response: http.ServerResponse | undefined
  /** Bytes received when the previous request ended. */
  bytesBefore: number
  /**
   * The start of the measurement of its body, in ms, and the bytes received by then; undefined if no body is expected.
   */
  window: { readonly sinceMs: number; readonly bytes: number } | undefined
}

/**
 * Ends connections that send too little: incomplete headers have a total limit, and a body must make progress.
 * Connections that the server itself is not reading from are exempt.
 */
export function refuseSlowClients(
  server: http.Server,
  event: 'connection' | 'secureConnection',
  now: () => number,
): void {
  const connections = new Map<Socket, Connection>()
  server.on(event, (socket: Socket) => {
    connections.set(socket, {
      request: undefined,
      response: undefined,
      bytesBefore: 0,
      window: undefined,
    })
    socket.once('close', () => connections.delete(socket))
  })
  server.on('request', (request, response) => {
    const connection = connections.get(request.socket)
    if (connection !== undefined) Object.assign(connection, { request, response, window: undefined })
  })
  const timer = setInterval(() => {
    boundHeaders(connections)
    for (const [socket, connection] of connections) boundBody(socket, connection, now())
  }, LOOK_EVERY_MS).unref()
  server.once('close', () => clearInterval(timer))
}

/** Refuses the longest incomplete headers until the rest is within the limit. */
function boundHeaders(connections: ReadonlyMap<Socket, Connection>): void {
  let total = 0
  const unfinished: { readonly socket: Socket; readonly bytes: number }[] = []
  for (const [socket, connection] of connections) {
    if (connection.request?.complete === false) continue
    if (connection.request !== undefined) {
      connection.request = undefined
      connection.bytesBefore = socket.bytesRead
      continue
    }
    const bytes = socket.bytesRead - connection.bytesBefore
    if (bytes === 0) continue
    total += bytes
    unfinished.push({ socket, bytes })
  }
  if (total <= MAX_UNFINISHED_BYTES) return
  for (const { socket, bytes } of unfinished.toSorted((a, b) => b.bytes - a.bytes)) {
    refuseOn(socket, tooBusy())
    total -= bytes
    if (total <= MAX_UNFINISHED_BYTES) return
  }
}

function boundBody(socket: Socket, connection: Connection, nowMs: number): void {
  const { request, response, window } = connection
  if (request === undefined || request.complete) return
  // Unread bytes are waiting, so it is the server that is slow.
  if (window === undefined || request.readableLength > 0) {
    connection.window = { sinceMs: nowMs, bytes: socket.bytesRead }
    return
  }
  if (nowMs - window.sinceMs < BODY_WINDOW_MS) return
  connection.window = { sinceMs: nowMs, bytes: socket.bytesRead }
  if (socket.bytesRead - window.bytes >= MIN_BODY_BYTES) return
  if (response?.headersSent === true) socket.destroy()
  else refuseOn(socket, requestTimeout())
}
