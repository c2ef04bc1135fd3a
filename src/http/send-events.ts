import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'

/**
 * How long a client may take to read a piece, in ms. A piece has some hundred kB at most, so such a client is stuck,
 * not slow.
 */
const STUCK_MS = 10_000

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Otherwise nginx buffers messages until it has a page of them.
  'x-accel-buffering': 'no',
  // The connection is not reused after a stream, and would delay the shutdown of the server.
  connection: 'close',
}

/**
 * Sends server-sent events, as text in pieces. Waits for the first piece, so that an error before it gets its own
 * status. The next piece is requested when the previous one has been sent: a client has one piece queued at most, and
 * is dropped if it does not read that in time, or when `signal` is aborted before it has. False if there was nothing to
 * send, and the request must still be answered.
 */
export async function sendEvents(
  reply: FastifyReply,
  pieces: AsyncGenerator<string>,
  signal: AbortSignal,
): Promise<boolean> {
  const first = await pieces.next()
  if (first.done === true) return false
  reply.headers(HEADERS).hijack()
  const { raw } = reply
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200)
  try {
    let piece: IteratorResult<string, unknown> = first
    while (piece.done !== true && !raw.destroyed) {
      if (!raw.write(piece.value) && !(await hasLeft(raw, signal))) raw.destroy()
      piece = await pieces.next()
    }
    raw.end()
  } catch (error) {
    reply.log.error({ err: error }, 'a stream has ended early')
    raw.destroy()
  } finally {
    await pieces.return(undefined)
  }
  return true
}

/** True once everything written has been sent; false if that takes too long or the client has gone. */
function hasLeft(raw: ServerResponse, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (isGone: boolean) => {
      clearTimeout(timer)
      raw.off('drain', leave)
      raw.off('close', lose)
      signal.removeEventListener('abort', lose)
      resolve(!isGone)
    }
    const leave = () => finish(false)
    const lose = () => finish(true)
    const timer = setTimeout(lose, STUCK_MS)
    raw.once('drain', leave)
    raw.once('close', lose)
    signal.addEventListener('abort', lose)
  })
}
