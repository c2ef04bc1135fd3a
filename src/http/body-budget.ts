import { pipeline, Transform, type TransformCallback } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_REQUEST_BYTES } from '../core/limits.ts'
import { tooBusy } from '../core/respond/errors.ts'
import { send } from './send.ts'

/** Bytes of bodies that may be on their way through the server at once. */
export const MAX_BYTES_UNDER_WAY = 256 * 1_048_576
/** What a compressed body is taken to become; events compress to about a sixth. */
const INFLATION = 8

/** Counts what is taken out of a limit and given back. */
export class ByteBudget {
  readonly #limit: number
  #taken = 0

  /** In: bytes that may be out at once. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes bytes, or says no. One taker alone is always served, whatever it takes. */
  take(bytes: number): boolean {
    if (this.#taken > 0 && this.#taken + bytes > this.#limit) return false
    this.#taken += bytes
    return true
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#taken -= bytes
  }
}

/** Said of a body that grows beyond what may be under way. */
export class TooBusy extends Error {
  override readonly name = 'TooBusy'
}

/**
 * Bounds the memory that the bodies of many requests can take together: beyond it a request is told to come
 * again (429 with Retry-After, DEC-08), before its body is read where its length is known, else while it comes.
 * To be called after what sets CORS headers.
 */
export function limitBodies(app: FastifyInstance, budget: ByteBudget): void {
  app.addHook('onRequest', (request, reply, done) => {
    const sent = Number(request.headers['content-length'] ?? 0)
    if (sent === 0) return done()
    const bytes = heldOf(sent, request)
    if (!budget.take(bytes)) {
      send(reply, tooBusy())
      return
    }
    reply.raw.once('close', () => budget.give(bytes))
    done()
  })
  app.addHook('preParsing', (request, reply, body, done) => {
    if (request.headers['transfer-encoding'] === undefined) return done(null, body)
    // A body of no known length is counted as it comes: many small ones must not be taken for large ones.
    const counted = new Transform({ transform: countInto(budget, request, reply) })
    pipeline(body, counted, () => {})
    done(null, counted)
  })
}

function countInto(budget: ByteBudget, request: FastifyRequest, reply: FastifyReply) {
  let sent = 0
  let held = 0
  reply.raw.once('close', () => budget.give(held))
  return (chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback) => {
    sent += chunk.length
    const more = heldOf(sent, request) - held
    if (!budget.take(more)) return done(new TooBusy('Too many bodies are under way.'))
    held += more
    done(null, chunk)
  }
}

/** Bytes that a body may hold once it is inflated, of which so many were sent. */
function heldOf(sent: number, { headers }: FastifyRequest): number {
  const isCompressed = (headers['content-encoding'] ?? '') !== ''
  return isCompressed ? Math.min(sent * INFLATION, Math.max(sent, MAX_REQUEST_BYTES)) : sent
}
