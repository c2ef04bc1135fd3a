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
  /** In lower case; empty if it is not compressed. */
  readonly encoding: string
  /** Undefined if there was none. */
  readonly bytes: Buffer | undefined
  /** The maximum number of bytes after inflation. */
  readonly limit: number
}

/** An inflated body. */
export interface RawBody {
  readonly bytes: Buffer | undefined
  readonly problem: 'bad_gzip' | undefined
}

/** Why a body was not read. `gone`: the client has disconnected. */
export type BodyError = 'too_large' | 'too_busy' | 'gone'

declare module 'fastify' {
  interface FastifyRequest {
    /** The Content-Type header as sent; see takeRawBodies. */
    sentContentType: string | undefined
    /** The body, once it has been requested; see readBody. */
    sentBody: Promise<Result<SentBody, BodyError>> | undefined
  }
}

/**
 * Leaves the bodies of the routes in `app` unread until readBody is called, so that a route can check the client first.
 * Fastify's own parsers would parse, coerce and limit a body, and refuse a malformed Content-Type, which SDKs may send
 * (TRK-02, TRK-42), so the header is removed before Fastify sees it.
 */
export function takeRawBodies(app: FastifyInstance): void {
  app.decorateRequest('sentContentType', undefined)
  app.decorateRequest('sentBody', undefined)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  app.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request.raw
    request.sentContentType = headers['content-type']
    // Deleting it would make all further looks at the headers slow.
    headers['content-type'] = undefined
    done()
  })
}

/**
 * Reads the body of a request, as sent, and charges it to the budget as it arrives, until `dropBody`; further calls
 * return the same body. The limit is 10 MB of JSON, or a form that can carry as much, and never more than `maxBytes`.
 */
export function readBody(
  request: FastifyRequest,
  { sent: budget }: BodyRoom,
  maxBytes: number = MAX_FORM_BYTES,
): Promise<Result<SentBody, BodyError>> {
  request.sentBody ??= collect(request, budget, maxBytes)
  return request.sentBody
}

/** True for a request of a route that leaves its body to readBody; others read it themselves. */
export function leavesBodyRaw(request: FastifyRequest): boolean {
  return 'sentBody' in request
}

/** Gives back what readBody has charged; the body must not be used afterwards. */
export function dropBody(request: FastifyRequest, { bytes }: SentBody, { sent: budget }: BodyRoom): void {
  if (request.sentBody === undefined) return
  request.sentBody = undefined
  budget.give(bytes?.length ?? 0)
}

/** The same, if it is not known whether the body was read. */
export async function dropUnused(request: FastifyRequest, room: BodyRoom): Promise<void> {
  const body = await request.sentBody
  if (body?.ok === true) dropBody(request, body.value, room)
}

/** Inflates a body (TRK-04, IMP-02). Error: it exceeds the limit of its kind, or its own. */
export async function inflate(
  { bytes, encoding, limit }: SentBody,
  atMostBytes: number = limit,
): Promise<Result<RawBody, 'too_large'>> {
  const maxBytes = Math.min(limit, atMostBytes)
  if ((bytes?.length ?? 0) > maxBytes) return err('too_large')
  if (bytes === undefined || encoding === '') return ok({ bytes, problem: undefined })
  if (encoding !== 'gzip' && encoding !== 'x-gzip') return ok({ bytes: undefined, problem: 'bad_gzip' })
  try {
    const options = { maxOutputLength: maxBytes, chunkSize: expectedBytes(bytes, maxBytes) }
    return ok({ bytes: await inflateAll(bytes, options), problem: undefined })
  } catch (error) {
    return error instanceof RangeError ? err('too_large') : ok({ bytes: undefined, problem: 'bad_gzip' })
  }
}

/** For a body that says it is smaller, rightly or not. */
const MIN_CHUNK_BYTES = 65_536

/**
 * The size that a gzip body says it has once inflated, in its last four bytes, so that it is inflated into one buffer of
 * that size. A wrong one costs no more than the memory that was waited for, or more chunks.
 */
function expectedBytes(bytes: Buffer, maxBytes: number): number {
  const said = bytes.length < MIN_GZIP_BYTES ? 0 : bytes.readUInt32LE(bytes.length - 4)
  const most = Math.min(maxBytes, bytes.length * MAX_INFLATION)
  // One more: a full buffer would be followed by another.
  return Math.max(Math.min(said, most) + 1, MIN_CHUNK_BYTES)
}

/** A header of ten bytes, an empty block, a checksum and the size. */
const MIN_GZIP_BYTES = 20
/** The maximum inflation of a byte of deflate. */
const MAX_INFLATION = 1_032

/** The maximum number of bytes of a body after inflation. */
export function mostInflated({ bytes, encoding, limit }: SentBody): number {
  const sentBytes = bytes?.length ?? 0
  return encoding === '' ? sentBytes : Math.min(limit, sentBytes * MAX_INFLATION)
}

function collect(
  request: FastifyRequest,
  budget: ByteBudget,
  maxBytes: number,
): Promise<Result<SentBody, BodyError>> {
  const contentType = request.sentContentType
  const limit = Math.min(maxBytes, limitOf(request))
  const none = { contentType, encoding: '', bytes: undefined, limit }
  if (!hasBody(request)) return Promise.resolve(ok(none))
  if (announcesMoreThan(limit, request)) return Promise.resolve(err('too_large'))
  return new Promise((resolve) => {
    collectBytes(request.raw, budget, limit, (bytes) => {
      if (!bytes.ok) return resolve(bytes)
      if (bytes.value.length === 0) return resolve(ok(none))
      resolve(ok({ contentType, encoding: encodingOf(request), bytes: bytes.value, limit }))
    })
  })
}

function encodingOf({ headers }: FastifyRequest): string {
  const said = headers['content-encoding']?.trim().toLowerCase() ?? ''
  return said === 'identity' ? '' : said
}

/** As in Fastify, GET has no body; what such a request sends is ignored. */
function hasBody({ method, headers }: FastifyRequest): boolean {
  const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return isSent && method !== 'GET' && method !== 'HEAD'
}

function collectBytes(
  body: IncomingMessage,
  budget: ByteBudget,
  limit: number,
  end: (bytes: Result<Buffer, BodyError>) => void,
): void {
  const chunks: Buffer[] = []
  let count = 0
  const take = (chunk: Buffer): BodyError | undefined => {
    if (count + chunk.length > limit) return 'too_large'
    if (!budget.take(chunk.length)) return 'too_busy'
    count += chunk.length
    chunks.push(chunk)
    return undefined
  }
  readChunks(body, take, (error) => {
    const [only] = chunks
    if (error === undefined) return end(ok(chunks.length === 1 && only ? only : Buffer.concat(chunks, count)))
    budget.give(count)
    end(err(error))
  })
}

/** Reads a body and discards it. Out: false if it has more than `maxBytes`. */
export async function discardBody(request: FastifyRequest, maxBytes: number): Promise<boolean> {
  if (!hasBody(request)) return true
  let count = 0
  const take = (chunk: Buffer): BodyError | undefined => {
    count += chunk.length
    return count > maxBytes ? 'too_large' : undefined
  }
  const error = await new Promise((resolve) => readChunks(request.raw, take, resolve))
  return error !== 'too_large'
}

/**
 * Passes the chunks of a body on until one is refused. In any case the rest is drained, so that the client can receive
 * the answer. Calls `end` once: with the reason why a chunk was refused, or that the client has gone.
 */
function readChunks(
  body: IncomingMessage,
  take: (chunk: Buffer) => BodyError | undefined,
  end: (error: BodyError | undefined) => void,
): void {
  let hasEnded = false
  const finish = (error: BodyError | undefined) => {
    if (hasEnded) return
    hasEnded = true
    end(error)
  }
  // The listeners stay: they drain the rest, and a client that has gone may emit several errors.
  const onGone = () => finish('gone')
  body.on('data', (chunk: Buffer) => {
    const error = hasEnded ? undefined : take(chunk)
    if (error !== undefined) finish(error)
  })
  body.on('end', () => finish(undefined))
  body.on('error', onGone)
  body.on('close', onGone)
  if (body.destroyed) onGone()
}

/** True if the headers of a request announce more than its limit. */
export function announcesTooMuch(request: FastifyRequest): boolean {
  return announcesMoreThan(limitOf(request), request)
}

function announcesMoreThan(limit: number, { headers }: FastifyRequest): boolean {
  return Number(headers['content-length'] ?? 0) > limit
}

/** The maximum number of bytes of a body, by its type: JSON, or a form that can carry as much (TRK-25, docs/sdks.md S13). */
function limitOf({ sentContentType }: FastifyRequest): number {
  const isJson = /^\s*application\/(json|x-ndjson)/i.test(sentContentType ?? '')
  return isJson ? MAX_REQUEST_BYTES : MAX_FORM_BYTES
}
