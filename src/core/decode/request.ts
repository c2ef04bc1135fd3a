import type { Json } from '../json.ts'
import { MAX_REQUEST_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { decodeData, looksLikeJson } from './data.ts'
import { joinParams, type Params, parseQuery } from './params.ts'
import { type Unusable, unusable, whyNoBase64, whyNoData, whyNoJson } from './unusable.ts'
import { decodeUtf8 } from './utf8.ts'

/** An ingestion request as the wire brought it, its body already inflated. */
export interface RawRequest {
  /** The URL as requested; only its query is read. */
  readonly url: string
  readonly contentType: string | undefined
  /** Undefined where there was no body, or where the body could not be inflated. */
  readonly body: Uint8Array | undefined
  readonly bodyProblem?: 'bad_gzip' | undefined
}

/** How the payload travelled; `/import` answers a JSON caller otherwise than a form caller (wire.md S7). */
export type Carrier = 'json' | 'ndjson' | 'data'

/** How a payload was wrapped: for `data`, where the field was and what was in it. `text` is a form of that type. */
export type Encoding = 'json' | 'ndjson' | `${'form' | 'text' | 'query'} ${'json' | 'base64'}`

/** The records of a request, before anybody has looked at them. A line of NDJSON that is no JSON is null. */
export interface DecodedRecords {
  readonly records: readonly Json[]
  readonly isNonstandardBase64: boolean
  readonly encoding: Encoding
  /** Characters of the payload, decoded and inflated: its bytes, roughly. */
  readonly length: number
}

/** A request, decoded: its parameters are readable even where its payload is not. */
export interface DecodedRequest {
  readonly params: Params
  readonly carrier: Carrier
  readonly payload: Result<DecodedRecords, Unusable>
}

/**
 * Takes a request apart: content type first, sniffing as the fallback (TRK-02 to TRK-05, TRK-07, IMP-01,
 * IMP-32; wire.md section 0). Never throws, whatever the bytes.
 */
export function decodeRequest(request: RawRequest): DecodedRequest {
  const query = parseQuery(request.url)
  const bodyless = joinParams(query, undefined)
  if (request.bodyProblem !== undefined) {
    return { params: bodyless, carrier: 'data', payload: unusable(request.bodyProblem, BAD_GZIP) }
  }
  const text = request.body === undefined ? '' : decodeUtf8(request.body)
  const mediaType = mediaTypeOf(request.contentType)
  if (text.trim() === '') {
    const field = query.get('data')
    const payload = field === null ? unusable('no_data', NO_BODY) : decodeField(field, 'query')
    return { params: bodyless, carrier: 'data', payload }
  }
  const size = request.body?.length ?? 0
  const isTooLarge = size > MAX_REQUEST_BYTES
  if (mediaType === 'application/x-ndjson') {
    return { params: bodyless, carrier: 'ndjson', payload: isTooLarge ? tooLarge(size) : parseLines(text) }
  }
  if ((mediaType === 'application/json' && !isFormText(text)) || looksLikeJson(text.trimStart())) {
    const payload = isTooLarge ? tooLarge(size) : parseRecords(text, false, 'json')
    return { params: bodyless, carrier: 'json', payload }
  }
  const form = new URLSearchParams(text)
  const field = form.get('data')
  const place = field === null ? 'query' : mediaType === 'text/plain' ? 'text' : 'form'
  const sent = field ?? query.get('data')
  const payload = sent === null ? unusable('no_data', whyNoData(mediaType, text)) : decodeField(sent, place)
  return { params: joinParams(query, form), carrier: 'data', payload }
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function isFormText(text: string): boolean {
  return /^\s*data=/.test(text)
}

const NO_BODY = 'there is neither a body nor a parameter data'
const BAD_GZIP = 'the body could not be inflated; Content-Encoding may be gzip, and then the body must be'

function tooLarge(bytes: number): Result<never, Unusable> {
  return unusable('too_large', `A payload of ${bytes} bytes`)
}

function decodeField(value: string, place: 'form' | 'text' | 'query'): Result<DecodedRecords, Unusable> {
  if (value.trim() === '') return unusable('no_data', 'data is empty')
  const data = decodeData(value)
  if (!data.ok) return unusable(data.error, whyNoBase64(value))
  const bytes = Buffer.byteLength(data.value.text)
  if (bytes > MAX_REQUEST_BYTES) return tooLarge(bytes)
  const wrapping = looksLikeJson(value.trimStart()) ? 'json' : 'base64'
  return parseRecords(data.value.text, data.value.isNonstandardBase64, `${place} ${wrapping}`)
}

function parseRecords(
  text: string,
  isNonstandardBase64: boolean,
  encoding: Encoding,
): Result<DecodedRecords, Unusable> {
  const value = parseJson(text)
  if (!value.ok) return unusable('bad_json', whyNoJson(value.error, text, encoding.endsWith('base64')))
  const records: readonly Json[] = Array.isArray(value.value) ? value.value : [value.value]
  if (records.length === 0) return unusable('empty_batch', 'the list is empty')
  return ok({ records, isNonstandardBase64, encoding, length: text.length })
}

function parseLines(text: string): Result<DecodedRecords, Unusable> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const records = lines.map((line) => {
    const value = parseJson(line)
    return value.ok ? value.value : null
  })
  return ok({ records, isNonstandardBase64: false, encoding: 'ndjson', length: text.length })
}

/** The value of a JSON text. Error: what the parser says. */
function parseJson(text: string): Result<Json, string> {
  try {
    return ok(JSON.parse(text) as Json)
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}
