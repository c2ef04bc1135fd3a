import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Smaller answers are not compressed (QRY-06). */
const GZIP_FROM_BYTES = 1_400

/**
 * Streams text in pieces, compressed if the client accepts it and there is enough. Waits for the first pieces, to know
 * how much there is, and so that an error before them gets its own status.
 */
export async function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  pieces: AsyncGenerator<string>,
): Promise<FastifyReply> {
  let head = ''
  while (Buffer.byteLength(head) <= GZIP_FROM_BYTES) {
    const piece = await pieces.next()
    if (piece.done === true) break
    head += piece.value
  }
  const body = Readable.from(withHead(head, pieces), { objectMode: false })
  const wantsGzip = /\bgzip\b/i.test(String(request.headers['accept-encoding'] ?? ''))
  if (!wantsGzip || Buffer.byteLength(head) <= GZIP_FROM_BYTES) return await reply.send(body)
  const gzip = createGzip()
  body.on('error', (error) => gzip.destroy(error))
  return await reply
    .header('content-encoding', 'gzip')
    .header('vary', 'Accept-Encoding')
    .send(body.pipe(gzip))
}

async function* withHead(head: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (head !== '') yield head
  yield* rest
}
