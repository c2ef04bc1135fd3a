import type { FastifyInstance } from 'fastify'
import { isQuickToParse } from '../../core/decode/scan-json.ts'

/**
 * Takes a body of JSON that is empty for none: many a client says that it sends JSON when it sends nothing. What is
 * built of so much that to parse it would hold others up is refused before.
 */
export function takeOptionalJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    else if (isQuickToParse(body)) void parse(request, body.toString('utf8'), done)
    else done(new TooComplex('The body is built of too much: send it in parts.'), undefined)
  })
}

/** Answered as what Fastify itself refuses. */
class TooComplex extends Error {
  override readonly name = 'TooComplex'
  readonly statusCode = 413
}
