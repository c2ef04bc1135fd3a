import type { FastifyInstance } from 'fastify'
import { isQuickToParse } from '../../core/decode/scan-json.ts'

/**
 * Accepts an empty body as no body, whatever its type: many clients declare JSON and send nothing, and others declare a
 * form if they are told no type (Ruby's Net::HTTP, curl -d ''). JSON so complex that parsing would delay other requests
 * is refused before it is parsed.
 */
export function takeOptionalJson(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers['content-length'] === '0') delete request.headers['content-type']
    done()
  })
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined)
    else if (isQuickToParse(body)) void parse(request, body.toString('utf8'), done)
    else done(new TooComplex('The body is built of too much: send it in parts.'), undefined)
  })
}

/** Handled like Fastify's own errors. */
class TooComplex extends Error {
  override readonly name = 'TooComplex'
  readonly statusCode = 413
}
