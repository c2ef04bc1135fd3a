import type http from 'node:http'
import type { Socket } from 'node:net'
import { requestTimeout } from '../core/respond/errors.ts'
import { refuseOn } from './connection-errors.ts'
import { beginRequest, type Sender, UnfinishedHeaders } from './unfinished-headers.ts'

/** The minimum speed of a body, in bytes per window: lower than a bad mobile connection. */
const MIN_BODY_BYTES = 10_240
const BODY_WINDOW_MS = 10_000
/** How often connections are checked. */
const LOOK_EVERY_MS = 100

/** The state of a connection. */
interface Connection {
  readonly sender: Sender
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
  const headers = new UnfinishedHeaders()
  server.on(event, (socket: Socket) => {
    connections.set(socket, { sender: headers.watch(socket), window: undefined })
    socket.once('close', () => connections.delete(socket))
  })
  server.on('request', (request, response) => {
    const connection = connections.get(request.socket)
    if (connection === undefined) return
    connection.window = undefined
    beginRequest(connection.sender, request, response)
  })
  const timer = setInterval(() => {
    for (const [socket, connection] of connections) boundBody(socket, connection, now())
  }, LOOK_EVERY_MS).unref()
  server.once('close', () => clearInterval(timer))
}

function boundBody(socket: Socket, connection: Connection, nowMs: number): void {
  const { window } = connection
  const { request, response } = connection.sender
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
