import { MAX_REQUEST_BYTES, SMALL_BYTES } from '../limits.ts'
import { ok, type Result } from '../result.ts'
import { decodeData, looksLikeJson } from './data.ts'
import {
  BAD_GZIP,
  type DecodeError,
  decodeError,
  whyNoBase64,
  whyNoData,
  whyNoJson,
  whyNothing,
} from './decode-error.ts'
import { findMisread, type Misread } from './misread-form.ts'
import { joinParams, type ParamList, type Params, parseForm, parseQuery } from './params.ts'
import {
  heapBytesOfSmall,
  type LocatedRecords,
  locateRecords,
  type ParsedRecords,
  parsePlain,
  parseRecords,
  type RecordsError,
} from './parse-records.ts'
import { decodePlainForm } from './plain-form.ts'
import { runAtOnce, type Steps } from './steps.ts'

/** An ingestion request as received, with its body inflated. */
export interface RawRequest {
  /** The URL as requested; only its query is read. */
  readonly url: string
  readonly contentType: string | undefined
  /** Undefined if there was no body, or it could not be inflated. */
  readonly body: Uint8Array | undefined
  readonly bodyProblem?: 'bad_gzip' | undefined
}

/** How the payload was carried; `/import` answers JSON and forms differently (docs/sdks.md S7). */
type Carrier = 'json' | 'ndjson' | 'data'

/** How a payload was encoded: for `data`, where the field was and what it contained. `text` is a form of that type. */
type Encoding = 'json' | 'ndjson' | `${'form' | 'text' | 'query'} ${'json' | 'base64'}`

/** The records of a request, not validated. A line of NDJSON that is not JSON is null. */
interface DecodedRecords extends Wrapping, ParsedRecords {}

interface Wrapping {
  readonly isNonstandardBase64: boolean
  readonly encoding: Encoding
  /** Bytes of the payload, decoded and inflated. */
  readonly length: number
}

/** What is known of a request before its records. */
interface RequestForm {
  readonly params: Params
  readonly carrier: Carrier
  /** For JSON in a form or query that was not percent-encoded: a text in it that was read as another. */
  readonly misread?: Misread | undefined
}

/** A decoded request: its parameters are available even if its payload is not. */
export interface DecodedRequest extends RequestForm {
  readonly payload: Result<DecodedRecords, DecodeError>
}

/** A request whose records are located but not parsed. */
export interface LocatedRequest extends RequestForm {
  readonly payload: Result<LocatedRecords & Wrapping, DecodeError>
}

/** Like parseLocated, at once: for a small request. */
export function parseSmall(located: LocatedRequest): DecodedRequest {
  const { params, carrier, misread, payload } = located
  if (!payload.ok) return { params, carrier, misread, payload }
  const { encoding, isNonstandardBase64, length } = payload.value
  const plain = parsePlain(payload.value)
  if (plain === undefined || plain.records.length === 0) return runAtOnce(parseLocated(located))
  const { records, rounded } = plain
  return {
    params,
    carrier,
    misread,
    payload: ok({ records, rounded, encoding, isNonstandardBase64, length }),
  }
}

/** Parses the records of a request; if `read` is given, of events perhaps only the properties with these names. */
export function* parseLocated(located: LocatedRequest, read?: ReadonlySet<string>): Steps<DecodedRequest> {
  const { payload, ...request } = located
  if (!payload.ok) return { ...request, payload }
  const { encoding, isNonstandardBase64, length, bytes } = payload.value
  const records = yield* parseRecords(payload.value, read)
  if (!records.ok) return { ...request, payload: noRecords(records.error, bytes, encoding) }
  if (records.value.records.length === 0)
    return { ...request, payload: decodeError('empty_batch', 'the list is empty') }
  return { ...request, payload: ok({ ...records.value, encoding, isNonstandardBase64, length }) }
}

/** Like locateInRequest, at once: for a small request. */
export function locateSmall(request: RawRequest): LocatedRequest {
  return locatePlainForm(request) ?? runAtOnce(locateInRequest(request))
}

/** What decodePlainForm can decode; undefined for any other request. */
function locatePlainForm({ url, contentType, body }: RawRequest): LocatedRequest | undefined {
  const bytes = body === undefined || body.length > SMALL_BYTES ? undefined : decodePlainForm(body)
  const mediaType = bytes === undefined ? '' : mediaTypeOf(contentType)
  if (bytes === undefined || mediaType === 'application/x-ndjson') return undefined
  const located = {
    bytes,
    isNdjson: false,
    spans: undefined,
    heapBytes: heapBytesOfSmall(bytes),
    encoding: mediaType === 'text/plain' ? ('text base64' as const) : ('form base64' as const),
    isNonstandardBase64: false,
    length: bytes.length,
  }
  return { params: parseQuery(url), carrier: 'data', misread: undefined, payload: ok(located) }
}

/**
 * Decodes a request and locates its records: by content type first, then by sniffing (TRK-02 to TRK-05, TRK-07, IMP-01,
 * IMP-32). Never throws, whatever the bytes.
 */
export function* locateInRequest(request: RawRequest): Steps<LocatedRequest> {
  const query = parseQuery(request.url)
  if (request.bodyProblem !== undefined) {
    return { params: query, carrier: 'data', payload: decodeError(request.bodyProblem, ...BAD_GZIP) }
  }
  const mediaType = mediaTypeOf(request.contentType)
  const body = withoutMark(request.body)
  const start = skipBlanks(body)
  const first = body[start]
  if (first === undefined) {
    const field = yield* query.getInSteps('data')
    if (field === undefined)
      return { params: query, carrier: 'data', payload: decodeError('no_data', ...whyNothing(query)) }
    return { params: query, carrier: 'data', ...(yield* locateInField(field, 'query', query)) }
  }
  if (mediaType === 'application/x-ndjson') {
    return { params: query, carrier: 'ndjson', payload: yield* locate(body, 'ndjson') }
  }
  if ((mediaType === 'application/json' && !isForm(body, start)) || first === 0x5b || first === 0x7b) {
    return { params: query, carrier: 'json', payload: yield* locate(body, 'json') }
  }
  // Non-ASCII text is percent-encoded in a form, or decoded with the value it is part of.
  const form = parseForm(Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'))
  const params = joinParams(query, form)
  yield
  const field = yield* form.getInSteps('data')
  const sent = field ?? query.get('data')
  if (sent === undefined) {
    return { params, carrier: 'data', payload: decodeError('no_data', ...whyNoData(mediaType, body, form)) }
  }
  const place = field === undefined ? 'query' : mediaType === 'text/plain' ? 'text' : 'form'
  return {
    params,
    carrier: 'data',
    ...(yield* locateInField(sent, place, field === undefined ? query : form)),
  }
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** The body without a leading byte order mark. */
function withoutMark(body: Uint8Array | undefined): Uint8Array {
  if (body === undefined) return new Uint8Array()
  const isMarked = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
  return isMarked ? body.subarray(3) : body
}

/** The index of the first byte that is not blank. */
function skipBlanks(body: Uint8Array): number {
  let at = 0
  for (let byte = body[at] ?? 0; byte === 0x20 || (byte >= 0x09 && byte <= 0x0d); byte = body[at] ?? 0) at++
  return at
}

function isForm(body: Uint8Array, start: number): boolean {
  return FORM_START.equals(body.subarray(start, start + FORM_START.length))
}

const FORM_START = Buffer.from('data=')

/** Longer base64 exceeds the limit of a payload, even with line breaks in it. */
const MAX_BASE64_CHARS = 1.5 * MAX_REQUEST_BYTES

type Place = 'form' | 'text' | 'query'

/** Locates the records in the value of `data`, one of the parameters given. */
function* locateInField(
  value: string,
  place: Place,
  list: ParamList,
): Steps<Pick<LocatedRequest, 'payload' | 'misread'>> {
  const isJson = looksLikeJson(value.trimStart())
  const raw = isJson ? list.rawOf('data') : undefined
  return { payload: yield* locateInValue(value, isJson, place), misread: raw && findMisread(raw) }
}

function* locateInValue(value: string, isJson: boolean, place: Place): Steps<LocatedRequest['payload']> {
  if (!isJson && value.trim() === '') return decodeError('no_data', 'data is empty')
  if (!isJson && value.length > MAX_BASE64_CHARS) return tooLarge(value.length)
  yield
  const data = yield* decodeData(value)
  yield
  if (!data.ok) return decodeError(data.error, ...whyNoBase64(value))
  const { bytes, isNonstandardBase64 } = data.value
  return yield* locate(bytes, `${place} ${isJson ? 'json' : 'base64'}`, isNonstandardBase64)
}

/** Locates the records in JSON or NDJSON, after base64 has been decoded. */
function* locate(
  bytes: Uint8Array,
  encoding: Encoding,
  isNonstandardBase64 = false,
): Steps<LocatedRequest['payload']> {
  if (bytes.length > MAX_REQUEST_BYTES) return tooLarge(bytes.length)
  const located = yield* locateRecords(bytes, encoding === 'ndjson')
  if (!located.ok) return noRecords(located.error, bytes, encoding)
  return ok({ ...located.value, encoding, isNonstandardBase64, length: bytes.length })
}

function noRecords(error: RecordsError, bytes: Uint8Array, encoding: Encoding): Result<never, DecodeError> {
  if (error.code === 'too_many') return decodeError('too_many', 'The number of records')
  if (error.code === 'too_complex') return decodeError('bad_json', error.reason)
  return decodeError('bad_json', ...whyNoJson(error.reason, bytes, encoding.endsWith('base64')))
}

function tooLarge(bytes: number): Result<never, DecodeError> {
  return decodeError('too_large', `A payload of ${bytes} bytes`)
}
