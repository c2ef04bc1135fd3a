import type { FastifyRequest } from 'fastify'
import {
  type DecodedRequest,
  type LocatedRequest,
  locateInRequest,
  locateSmall,
  parseLocated,
  parseSmall,
} from '../core/decode/request.ts'
import { SMALL_BYTES } from '../core/limits.ts'
import { ok, type Result } from '../core/result.ts'
import type { Soon } from '../core/soon.ts'
import type { TimeSlices } from '../ingest/time-slices.ts'
import type { Turns } from '../ingest/turns.ts'
import type { BodyRoom, ByteBudget } from './body-room.ts'
import {
  type BodyError,
  dropBody,
  inflate,
  mostInflated,
  type RawBody,
  readBody,
  type SentBody,
} from './raw-body.ts'

/** A request with its decoded body. */
export interface Received {
  readonly decoded: DecodedRequest
  /** Call when its records are no longer needed. */
  readonly letGo: () => void
}

export interface ReceiveDeps {
  readonly room: BodyRoom
  readonly slices: TimeSlices
  readonly turns: Turns
}

export interface ReceiveOptions {
  /** Keeps the body as sent, so that it can be received again. */
  readonly keepsBody?: boolean
  /** The names of the properties that are needed of events; of a large body, others may be left unparsed. */
  readonly read?: ReadonlySet<string> | undefined
}

/**
 * Reads and decodes the body of a request. Large and compressed bodies wait for memory, and are counted and parsed in
 * slices that alternate with others; small ones never wait for them, and those that arrive in one turn of the event loop
 * are decoded together.
 */
export async function receive(
  request: FastifyRequest,
  { room, slices, turns }: ReceiveDeps,
  { keepsBody = false, read }: ReceiveOptions = {},
): Promise<Result<Received, BodyError>> {
  const body = await readBody(request, room)
  if (!body.ok) return body
  const { encoding } = body.value
  const openBytes = Math.max(mostInflated(body.value), request.url.length)
  const isSmall = encoding === '' && openBytes <= SMALL_BYTES
  try {
    if (isSmall) {
      await turns.next()
      const decoding = decodeSmall(request.url, body.value, room.smallRecords)
      return ok(decoding instanceof Promise ? await decoding : decoding)
    }
    return await decodeLarge(request.url, body.value, openBytes, { room, slices, read })
  } finally {
    if (!keepsBody) dropBody(request, body.value, room)
  }
}

function decodeSmall(url: string, body: SentBody, room: ByteBudget): Soon<Received> {
  const located = locateSmall({ url, contentType: body.contentType, body: body.bytes })
  const heapBytes = heapBytesOf(located)
  const parse = () => ({ decoded: parseSmall(located), letGo: () => room.give(heapBytes) })
  return room.take(heapBytes) ? parse() : room.await(heapBytes).then(parse)
}

async function decodeLarge(
  url: string,
  body: SentBody,
  openBytes: number,
  { room, slices, read }: Omit<ReceiveDeps, 'turns'> & Pick<ReceiveOptions, 'read'>,
): Promise<Result<Received, BodyError>> {
  await room.open.await(openBytes)
  try {
    const raw = await inflate(body)
    if (!raw.ok) return raw
    const { bytes, problem } = raw.value
    const { contentType } = body
    const located = await slices.run(locateInRequest({ url, contentType, body: bytes, bodyProblem: problem }))
    const heapBytes = heapBytesOf(located)
    await room.records.await(heapBytes)
    const decoded = await slices.run(parseLocated(located, read))
    return ok({ decoded, letGo: () => room.records.give(heapBytes) })
  } finally {
    room.open.give(openBytes)
  }
}

function heapBytesOf({ payload }: LocatedRequest): number {
  return payload.ok ? payload.value.heapBytes : 0
}

/** Reads a body of at most `maxBytes`, inflated, that has no records. */
export async function receiveBytes(
  request: FastifyRequest,
  room: BodyRoom,
  maxBytes: number,
): Promise<Result<RawBody, BodyError>> {
  const body = await readBody(request, room, maxBytes)
  if (!body.ok) return body
  try {
    return await inflate(body.value, maxBytes)
  } finally {
    dropBody(request, body.value, room)
  }
}
