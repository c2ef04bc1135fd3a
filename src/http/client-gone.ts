import type { FastifyReply } from 'fastify'

/** Aborted when nobody waits for the answer any more: it is out, or its client has gone. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  // A client that has gone already will not be told to have gone again.
  if (isGone(raw)) gone.abort()
  else raw.once('close', () => gone.abort())
  return gone.signal
}

/** True once nobody can be answered any more. */
export function isGone({ closed, destroyed }: FastifyReply['raw']): boolean {
  return closed || destroyed
}
