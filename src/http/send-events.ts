import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'

/** How long a client may take for a piece, in ms: some hundred kB at most, so this is no slow one but one that is stuck. */
const STUCK_MS = 10_000

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // Or nginx would hold messages back until it has a page of them.
  'x-accel-buffering': 'no',
  // It has no other use when the stream ends, and would hold up a server that closes.
  connection: 'close',
}

/**
 * Sends server-sent events, text in pieces. The beginning is waited for, so that an error before it has a status of its
 * own. A piece is asked for once the one before has left: a client has no more than one piece waiting for it, and is
 * dropped when it does not take that in time, or when `signal` is aborted before it has. False where there was nothing to
 * send: the answer is still to be given.
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

/** True once all that was written has left, false when that takes too long or there is nobody any more. */
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
