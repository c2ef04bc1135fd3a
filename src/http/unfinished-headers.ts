import type http from 'node:http'
import type { Socket } from 'node:net'
import { tooBusy } from '../core/respond/errors.ts'
import { refuseOn } from './connection-errors.ts'
import { onEachPart } from './each-part.ts'

/** Bytes of unfinished headers and trailers of all connections together; one may have a megabyte (TRK-25). */
const MAX_UNFINISHED_BYTES = 32 * 1_048_576

/** What a connection has sent. */
export interface Sender {
  readonly socket: Socket
  /** The last request with complete headers, and its answer. */
  request: http.IncomingMessage | undefined
  response: http.ServerResponse | undefined
  /** True if a request has begun, or bytes of a chunked body have arrived, in the current part. */
  hasProgressed: boolean
  /** True if the previous part ended inside a body whose length is known. */
  isInSizedBody: boolean
  /** Bytes of a header or of trailers, as far as they have arrived. */
  unfinishedBytes: number
}

/**
 * Bounds what unfinished headers, and trailers of chunked bodies, cost together. Node's parser copies all of an
 * unfinished header with each of its parts, and would read up to 2 MB of every connection before anything else gets a
 * turn. So a connection is paused after each such part until the next turn of the event loop, and where all of them
 * hold too much, the longest are refused.
 */
export class UnfinishedHeaders {
  readonly #unfinished = new Set<Sender>()
  #paused: Socket[] = []
  #totalBytes = 0

  /** Counts what a connection sends. In: one that the server has already taken over. */
  watch(socket: Socket): Sender {
    const sender: Sender = {
      socket,
      request: undefined,
      response: undefined,
      hasProgressed: false,
      isInSizedBody: false,
      unfinishedBytes: 0,
    }
    onEachPart(socket, (bytes) => this.#takePart(sender, bytes))
    socket.once('close', () => this.#forget(sender))
    return sender
  }

  #takePart(sender: Sender, bytes: number): void {
    const { socket, request } = sender
    const hasProgressed = sender.hasProgressed || sender.isInSizedBody
    sender.hasProgressed = false
    sender.isInSizedBody = request?.complete === false && request.headers['transfer-encoding'] === undefined
    if (hasProgressed) this.#forget(sender)
    else if (!socket.destroyed && !socket.writableEnded) {
      sender.unfinishedBytes += bytes
      this.#unfinished.add(sender)
      this.#totalBytes += bytes
      this.#pause(socket)
    }
  }

  #forget(sender: Sender): void {
    if (sender.unfinishedBytes === 0) return
    this.#totalBytes -= sender.unfinishedBytes
    sender.unfinishedBytes = 0
    this.#unfinished.delete(sender)
  }

  /** Stops reading from a connection until the next turn of the event loop. */
  #pause(socket: Socket): void {
    // The server itself has paused it, since answers wait to be sent.
    if (socket.isPaused()) return
    socket.pause()
    this.#paused.push(socket)
    if (this.#paused.length > 1) return
    setImmediate(() => {
      this.#refuseLongest()
      const paused = this.#paused
      this.#paused = []
      for (const each of paused) each.resume()
    })
  }

  /** Refuses the longest until the rest is within the limit. */
  #refuseLongest(): void {
    if (this.#totalBytes <= MAX_UNFINISHED_BYTES) return
    for (const sender of [...this.#unfinished].sort((a, b) => b.unfinishedBytes - a.unfinishedBytes)) {
      this.#forget(sender)
      if (canAnswer(sender)) refuseOn(sender.socket, tooBusy())
      else sender.socket.destroy()
      if (this.#totalBytes <= MAX_UNFINISHED_BYTES) return
    }
  }
}

/** Takes note of a request whose headers are complete. */
export function beginRequest(
  sender: Sender,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  sender.request = request
  sender.response = response
  sender.hasProgressed = true
  if (request.headers['transfer-encoding'] !== undefined) tellChunks(request, response, sender)
}

/** False while the answer to an earlier request, or a part of an answer, would be mistaken for this one. */
function canAnswer({ request, response }: Sender): boolean {
  if (request === undefined || response === undefined || response.writableFinished) return true
  return !request.complete && !response.headersSent
}

/** Tells of each chunk of a body, since what comes between them and after them may be trailers. */
function tellChunks(request: http.IncomingMessage, response: http.ServerResponse, sender: Sender): void {
  const push = request.push.bind(request)
  request.push = (chunk: unknown, encoding?: BufferEncoding) => {
    sender.hasProgressed = true
    return push(chunk, encoding)
  }
  // Once answered, Node would discard an unread body without telling; one that is being read it leaves alone.
  response.prependOnceListener('finish', () => {
    request.read()
    request.resume()
  })
}
