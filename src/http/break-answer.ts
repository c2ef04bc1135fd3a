import { Socket } from 'node:net'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyReply } from 'fastify'
import type { ReplyPlan } from '../core/respond/plan.ts'

/** A body on its way out, as an onSend hook sees it. */
export type Payload = string | Uint8Array | Readable | null | undefined

/** Puts an answer in the place of one that is about to be sent. Out: its body. */
export function replaceAnswer(reply: FastifyReply, payload: Payload, plan: ReplyPlan): ReplyPlan['body'] {
  if (isStream(payload)) payload.destroy()
  for (const name of ['content-length', 'content-encoding', 'twinpanel-verdict']) reply.removeHeader(name)
  reply.code(plan.status).headers({ ...plan.headers, 'content-type': plan.contentType })
  return plan.body
}

/** Ends the connection with a reset instead of an answer; over TLS, where there is none, by closing it. */
export function resetConnection(reply: FastifyReply, payload?: Payload): void {
  if (isStream(payload)) payload.destroy()
  reply.hijack()
  const { socket } = reply.request
  // A TLS socket is a Socket by name, and cannot do it.
  if (socket instanceof Socket && !('encrypted' in socket)) socket.resetAndDestroy()
  else reply.raw.destroy()
}

/** Sends head and headers as for the whole of a body, then half of it, and closes the connection. */
export function sendHalf(reply: FastifyReply, payload: Payload): void {
  reply.hijack()
  const { raw } = reply
  for (const [name, value = ''] of Object.entries(reply.getHeaders())) raw.setHeader(name, value)
  if (isStream(payload)) {
    // Whoever has gone meanwhile misses nothing.
    pipeline(payload, withoutItsEnd(), raw, { end: false }).then(() => raw.socket?.destroySoon(), ignore)
    return
  }
  const body = Buffer.from(payload ?? '')
  raw.writeHead(reply.statusCode, { 'content-length': body.length })
  raw.flushHeaders()
  raw.write(body.subarray(0, Math.floor(body.length / 2)))
  raw.socket?.destroySoon()
}

/** Passes all but the second half of the last piece on. */
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
