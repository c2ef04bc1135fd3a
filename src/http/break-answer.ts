import { Socket } from 'node:net'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyReply } from 'fastify'
import type { ReplyPlan } from '../core/respond/plan.ts'

/** A response body as an onSend hook receives it. */
export type Payload = string | Uint8Array | Readable | null | undefined

/** Replaces the answer that is about to be sent. Out: the new body. */
export function replaceAnswer(reply: FastifyReply, payload: Payload, plan: ReplyPlan): ReplyPlan['body'] {
  if (isStream(payload)) payload.destroy()
  for (const name of ['content-length', 'content-encoding', 'twinpanel-verdict']) reply.removeHeader(name)
  reply.code(plan.status).headers({ ...plan.headers, 'content-type': plan.contentType })
  return plan.body
}

/** Resets the connection instead of answering; over TLS, which has no reset, closes it. */
export function resetConnection(reply: FastifyReply, payload?: Payload): void {
  if (isStream(payload)) payload.destroy()
  reply.hijack()
  const { socket } = reply.request
  // TLS sockets inherit from Socket but cannot be reset.
  if (socket instanceof Socket && !('encrypted' in socket)) socket.resetAndDestroy()
  else reply.raw.destroy()
}

/** Sends the status and headers of the whole body, then half of it, and closes the connection. */
export function sendHalf(reply: FastifyReply, payload: Payload): void {
  reply.hijack()
  const { raw } = reply
  for (const [name, value = ''] of Object.entries(reply.getHeaders())) raw.setHeader(name, value)
  if (isStream(payload)) {
    // Errors mean that the client has gone.
    pipeline(payload, withoutItsEnd(), raw, { end: false }).then(() => raw.socket?.destroySoon(), ignore)
    return
  }
  const body = Buffer.from(payload ?? '')
  raw.writeHead(reply.statusCode, { 'content-length': body.length })
  raw.flushHeaders()
  raw.write(body.subarray(0, Math.floor(body.length / 2)))
  raw.socket?.destroySoon()
}

/** Passes on everything except the second half of the last chunk. */
function withoutItsEnd(): Transform {
  let last = Buffer.alloc(0)
  return new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      if (piece.length === 0) return done()
      const passed = last
      last = Buffer.from(piece)
      done(null, passed)
    },
    flush(done) {
      done(null, last.subarray(0, Math.floor(last.length / 2)))
    },
  })
}

function isStream(payload: Payload): payload is Readable {
  return typeof payload === 'object' && payload !== null && 'pipe' in payload
}

function ignore(): void {}
