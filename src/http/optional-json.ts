import type { FastifyInstance } from 'fastify'

/** Takes a body of JSON that is empty for none: many a client says that it sends JSON when it sends nothing. */
export function takeOptionalJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else void parse(request, body, done)
  })
}
