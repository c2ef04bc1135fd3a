import type { FastifyInstance } from 'fastify'
import { isQuickToParse } from '../../core/decode/scan-json.ts'

/**
 * Accepts an empty JSON body as no body, since many clients declare JSON and send nothing. JSON so complex that parsing
 * would delay other requests is refused before it is parsed.
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

/** Handled like Fastify's own errors. */
class TooComplex extends Error {
  override readonly name = 'TooComplex'
  readonly statusCode = 413
}
