import type http from 'node:http'
import type { Socket } from 'node:net'
import { requestTimeout, tooBusy } from '../core/respond/errors.ts'
import { refuseOn } from './connection-errors.ts'

/** Bytes of headers that are not whole yet, of all connections: one may have a megabyte (TRK-25). */
const MAX_UNFINISHED_BYTES = 32 * 1_048_576
/** A body must bring so much in so long: less than a bad mobile connection does. */
const MIN_BODY_BYTES = 10_240
const BODY_WINDOW_MS = 10_000
/** How often connections are looked at. */
const LOOK_EVERY_MS = 100

/** What is known of a connection. */
interface Connection {
  /** The last request whose headers have come. */
  request: http.IncomingMessage | undefined
  response: http.ServerResponse | undefined
  /** Bytes that had come when the request before was over. */
  bytesBefore: number
  /** When the look at its body began, in ms, and what had come then; undefined where none is awaited. */
  window: { readonly sinceMs: number; readonly bytes: number } | undefined
}

/**
 * Ends the wait for those who send too little: headers that stay unfinished are bounded in what they hold together, and
 * a body must go on. A connection that this server does not read from is not held to it.
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

/** Of headers that are not whole the longest are refused, until the rest is within the bound. */
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
  // What has come and is not read yet: it is the server that is slow.
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
