import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MAX_FORM_BYTES, MAX_REQUEST_BYTES } from '../core/limits.ts'
import { err, ok, type Result } from '../core/result.ts'
import type { BodyRoom, ByteBudget } from './body-room.ts'

const inflateAll = promisify(gunzip)

/** A body as sent. */
export interface SentBody {
  readonly contentType: string | undefined
  /** In lower case; empty where it is not compressed. */
  readonly encoding: string
  /** Undefined where there was none. */
  readonly bytes: Buffer | undefined
  /** Bytes that it may have, inflated. */
  readonly limit: number
}

/** A body taken out of its compression. */
export interface RawBody {
  readonly bytes: Buffer | undefined
  readonly problem: 'bad_gzip' | undefined
}

/** Why a body was not read. `gone`: its sender has left. */
export type BodyError = 'too_large' | 'too_busy' | 'gone'

declare module 'fastify' {
  interface FastifyRequest {
    /** The Content-Type header as sent; see takeRawBodies. */
    sentContentType: string | undefined
    /** The body, once somebody has asked for it; see readBody. */
    sentBody: Promise<Result<SentBody, BodyError>> | undefined
  }
}

/**
 * Leaves the bodies of the routes in `app` unread until readBody is called, so that a route can look at who asks first.
 * Fastify's own parsers would parse, coerce and limit a body, and refuse a Content-Type that is malformed, which the
 * SDKs' need not be well-formed (TRK-02, TRK-42): so the header is put aside before Fastify looks at it.
 */
export function takeRawBodies(app: FastifyInstance): void {
  app.decorateRequest('sentContentType', undefined)
  app.decorateRequest('sentBody', undefined)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  app.addHook('onRequest', (request, _reply, done) => {
    request.sentContentType = request.raw.headers['content-type']
    delete request.raw.headers['content-type']
    done()
  })
}

/**
 * Reads the body of a request, as sent, and charges it as it comes; until `dropBody` it stays charged, and whoever asks
 * again gets the same. A body takes 10 MB of JSON, or a form that may carry as much, and never more than `maxBytes`.
 */
export function readBody(
  request: FastifyRequest,
  { sent: budget }: BodyRoom,
  maxBytes: number = MAX_FORM_BYTES,
): Promise<Result<SentBody, BodyError>> {
  request.sentBody ??= collect(request, budget, maxBytes)
  return request.sentBody
}

/** True for a request of a route that leaves its body to readBody: others read it themselves. */
export function leavesBodyRaw(request: FastifyRequest): boolean {
  return 'sentBody' in request
}

/** Gives back what readBody has charged; the body must not be needed any more. */
export function dropBody(request: FastifyRequest, { bytes }: SentBody, { sent: budget }: BodyRoom): void {
  if (request.sentBody === undefined) return
  request.sentBody = undefined
  budget.give(bytes?.length ?? 0)
}

/** The same, where it is not known whether anybody has read it. */
export async function dropUnused(request: FastifyRequest, room: BodyRoom): Promise<void> {
  const body = await request.sentBody
  if (body?.ok === true) dropBody(request, body.value, room)
}

/** Takes a body out of its compression (TRK-04, IMP-02). Error: there is more in it than its kind, or this, may have. */
export async function inflate(
  { bytes, encoding, limit }: SentBody,
  atMostBytes: number = limit,
): Promise<Result<RawBody, 'too_large'>> {
  const maxBytes = Math.min(limit, atMostBytes)
  if ((bytes?.length ?? 0) > maxBytes) return err('too_large')
  if (bytes === undefined || encoding === '') return ok({ bytes, problem: undefined })
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return ok({ bytes: undefined, problem: 'bad_gzip' })
  try {
    const options = { maxOutputLength: maxBytes, chunkSize: CHUNK_BYTES }
    return ok({ bytes: await inflateAll(bytes, options), problem: undefined })
  } catch (error) {
    return error instanceof RangeError ? err('too_large') : ok({ bytes: undefined, problem: 'bad_gzip' })
  }
}

const CHUNK_BYTES = 262_144
/** A byte of deflate is never more than so many. */
const MAX_INFLATION = 1_032

/** Bytes that a body may have once it is inflated. */
export function mostInflated({ bytes, encoding, limit }: SentBody): number {
  const sentBytes = bytes?.length ?? 0
  return encoding === '' ? sentBytes : Math.min(limit, sentBytes * MAX_INFLATION)
}

async function collect(
  request: FastifyRequest,
  budget: ByteBudget,
  maxBytes: number,
): Promise<Result<SentBody, BodyError>> {
  const contentType = request.sentContentType
  const limit = Math.min(maxBytes, limitOf(request))
  if (!hasBody(request)) return ok({ contentType, encoding: '', bytes: undefined, limit })
  if (announcesMoreThan(limit, request)) return err('too_large')
  const bytes = await collectBytes(request.raw, budget, limit)
  if (!bytes.ok) return bytes
  if (bytes.value.length === 0) return ok({ contentType, encoding: '', bytes: undefined, limit })
  const said = (request.headers['content-encoding'] ?? '').trim().toLowerCase()
  return ok({ contentType, encoding: said === 'identity' ? '' : said, bytes: bytes.value, limit })
}

/** Fastify gives none to GET, and so do we: what such a request brings is not looked at. */
function hasBody({ method, headers }: FastifyRequest): boolean {
  const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return isSent && method !== 'GET' && method !== 'HEAD'
}

async function collectBytes(
  body: IncomingMessage,
  budget: ByteBudget,
  limit: number,
): Promise<Result<Buffer, BodyError>> {
  const chunks: Buffer[] = []
  let count = 0
  const error = await readChunks(body, (chunk) => {
    if (count + chunk.length > limit) return 'too_large'
    if (!budget.take(chunk.length)) return 'too_busy'
    count += chunk.length
    chunks.push(chunk)
    return undefined
  })
  if (error === undefined) return ok(Buffer.concat(chunks, count))
  budget.give(count)
  return err(error)
}

/** Reads a body and holds nothing of it. Out: false when there is more than `maxBytes`. */
export async function discardBody(request: FastifyRequest, maxBytes: number): Promise<boolean> {
  if (!hasBody(request)) return true
  let count = 0
  const error = await readChunks(request.raw, (chunk) => {
    count += chunk.length
    return count > maxBytes ? 'too_large' : undefined
  })
  return error !== 'too_large'
}

/**
 * Hands the chunks of a body on until one of them is refused. However it ends, the rest is left to flow, so that its
 * sender can hear the answer. Out: why it was refused, or that its sender has gone.
 */
function readChunks(
  body: IncomingMessage,
  take: (chunk: Buffer) => BodyError | undefined,
): Promise<BodyError | undefined> {
  return new Promise((resolve) => {
    const onData = (chunk: Buffer) => {
      const error = take(chunk)
      if (error !== undefined) finish(error)
    }
    const onEnd = () => finish(undefined)
    const onGone = () => finish('gone')
    const finish = (error: BodyError | undefined) => {
      body.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      // Whoever has left may tell so once more.
      body.on('error', () => undefined).resume()
      resolve(error)
    }
    body.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
    if (body.destroyed) onGone()
  })
}

/** True for a request that says that its body has more than may be sent. */
export function announcesTooMuch(request: FastifyRequest): boolean {
  return announcesMoreThan(limitOf(request), request)
}

function announcesMoreThan(limit: number, { headers }: FastifyRequest): boolean {
  return Number(headers['content-length'] ?? 0) > limit
}

/** Bytes that a body may have, by its type: of JSON, or of a form that may carry as much (TRK-25, sdks.md S13). */
function limitOf({ sentContentType }: FastifyRequest): number {
  const isJson = /^\s*application\/(json|x-ndjson)/i.test(sentContentType ?? '')
  return isJson ? MAX_REQUEST_BYTES : MAX_FORM_BYTES
}
