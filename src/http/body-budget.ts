import type { FastifyInstance, FastifyRequest } from 'fastify'
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

/**
 * Bounds the memory that the bodies of many requests can take together: beyond it a request is told to come
 * again (429 with Retry-After, DEC-08) before its body is read. To be called after what sets CORS headers.
 */
export function limitBodies(app: FastifyInstance, budget: ByteBudget): void {
  app.addHook('onRequest', (request, reply, done) => {
    const bytes = expectedBytes(request)
    if (bytes === 0) return done()
    if (!budget.take(bytes)) {
      send(reply, tooBusy())
      return
    }
    reply.raw.once('close', () => budget.give(bytes))
    done()
  })
}

function expectedBytes(request: FastifyRequest): number {
  const { headers } = request
  const isChunked = headers['transfer-encoding'] !== undefined
  const sent = isChunked ? MAX_REQUEST_BYTES : Number(headers['content-length'] ?? 0)
  const isCompressed = (headers['content-encoding'] ?? '') !== '' && !isChunked
  return isCompressed ? Math.min(sent * INFLATION, Math.max(sent, MAX_REQUEST_BYTES)) : sent
}
