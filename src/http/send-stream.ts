import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Below this many bytes an answer is not compressed (QRY-06). */
const GZIP_FROM_BYTES = 1_400

/**
 * Streams text in pieces, compressed where the client asks and there is enough of it. The beginning is waited
 * for, to know whether there is, and so that an error before it has a status of its own.
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
