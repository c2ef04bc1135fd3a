import type { FastifyReply } from 'fastify'

/** Aborted when the answer has been sent, or its client has gone. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  // A client that has gone already will not emit close again.
  if (isGone(raw)) gone.abort()
  else raw.once('close', () => gone.abort())
  return gone.signal
}

/** True once nothing can be sent any more. */
export function isGone({ closed, destroyed }: FastifyReply['raw']): boolean {
  return closed || destroyed
}
