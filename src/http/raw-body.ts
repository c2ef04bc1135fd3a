import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MAX_FORM_BYTES, MAX_REQUEST_BYTES } from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'

const inflate = promisify(gunzip)

/** A body as sent, taken out of its compression; undefined where there was none. */
export interface RawBody {
  readonly contentType: string | undefined
  readonly bytes: Uint8Array | undefined
  readonly problem: 'bad_gzip' | undefined
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The Content-Type header as sent; see takeRawBodies. */
    sentContentType: string | undefined
  }
}

/**
 * Makes every body of the routes in `app` arrive as bytes. Fastify's own parsers would parse, coerce and
 * limit it, and refuse a Content-Type that is malformed, which the SDKs' need not be well-formed (TRK-02,
 * TRK-42): so the header is put aside before Fastify looks at it.
 * A body of more than `bodyLimit` bytes is a 413.
 */
export function takeRawBodies(app: FastifyInstance, bodyLimit = MAX_FORM_BYTES): void {
  app.decorateRequest('sentContentType', undefined)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => {
    done(null, body)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    request.sentContentType = request.raw.headers['content-type']
    delete request.raw.headers['content-type']
    done()
  })
}

/**
 * The body of a request, inflated where it says so (TRK-04, IMP-02), never beyond the limit of its kind:
 * 10 MB of JSON, or a form that may carry as much. Errors: `too_large`.
 */
export async function readRawBody(request: FastifyRequest): Promise<Result<RawBody, 'too_large'>> {
  const contentType = request.sentContentType
  const sent = Buffer.isBuffer(request.body) ? request.body : undefined
  const limit = isJson(contentType) ? MAX_REQUEST_BYTES : MAX_FORM_BYTES
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase()
  if (sent === undefined || sent.length === 0 || encoding === '' || encoding === 'identity') {
    if ((sent?.length ?? 0) > limit) return err('too_large')
    return ok({ contentType, bytes: sent, problem: undefined })
  }
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    return ok({ contentType, bytes: undefined, problem: 'bad_gzip' })
  }
  try {
    return ok({ contentType, bytes: await inflate(sent, { maxOutputLength: limit }), problem: undefined })
  } catch (error) {
    if (error instanceof RangeError) return err('too_large')
    return ok({ contentType, bytes: undefined, problem: 'bad_gzip' })
  }
}

function isJson(contentType: string | undefined): boolean {
  return /^\s*application\/(json|x-ndjson)/i.test(contentType ?? '')
}
