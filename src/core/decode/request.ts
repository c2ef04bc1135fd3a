import type { Json } from '../json.ts'
import { MAX_REQUEST_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { decodeData, looksLikeJson } from './data.ts'
import { joinParams, type Params, parseQuery } from './params.ts'
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

/** Why there is nothing usable in a request (TRK-13). */
export type Undecodable = 'no_data' | 'bad_gzip' | 'bad_base64' | 'bad_json' | 'empty_batch' | 'too_large'

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
  readonly payload: Result<DecodedRecords, Undecodable>
}

/**
 * Takes a request apart: content type first, sniffing as the fallback (TRK-02 to TRK-05, TRK-07, IMP-01,
 * IMP-32; wire.md section 0). Never throws, whatever the bytes.
 */
export function decodeRequest(request: RawRequest): DecodedRequest {
  const query = parseQuery(request.url)
  const bodyless = joinParams(query, undefined)
  if (request.bodyProblem !== undefined) {
    return { params: bodyless, carrier: 'data', payload: err(request.bodyProblem) }
  }
  const text = request.body === undefined ? '' : decodeUtf8(request.body)
  const mediaType = mediaTypeOf(request.contentType)
  if (text.trim() === '')
    return { params: bodyless, carrier: 'data', payload: decodeField(query.get('data'), 'query') }
  const isTooLarge = (request.body?.length ?? 0) > MAX_REQUEST_BYTES
  if (mediaType === 'application/x-ndjson') {
    return { params: bodyless, carrier: 'ndjson', payload: isTooLarge ? err('too_large') : parseLines(text) }
  }
  if ((mediaType === 'application/json' && !isFormText(text)) || looksLikeJson(text.trimStart())) {
    const payload = isTooLarge ? err('too_large' as const) : parseRecords(text, false, 'json')
    return { params: bodyless, carrier: 'json', payload }
  }
  const form = new URLSearchParams(text)
  const field = form.get('data')
  const place = field === null ? 'query' : mediaType === 'text/plain' ? 'text' : 'form'
  const payload = decodeField(field ?? query.get('data'), place)
  return { params: joinParams(query, form), carrier: 'data', payload }
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function isFormText(text: string): boolean {
  return /^\s*data=/.test(text)
}

function decodeField(
  value: string | null,
  place: 'form' | 'text' | 'query',
): Result<DecodedRecords, Undecodable> {
  if (value === null || value.trim() === '') return err('no_data')
  const data = decodeData(value)
  if (!data.ok) return data
  if (Buffer.byteLength(data.value.text) > MAX_REQUEST_BYTES) return err('too_large')
  const wrapping = looksLikeJson(value.trimStart()) ? 'json' : 'base64'
  return parseRecords(data.value.text, data.value.isNonstandardBase64, `${place} ${wrapping}`)
}

function parseRecords(
  text: string,
  isNonstandardBase64: boolean,
  encoding: Encoding,
): Result<DecodedRecords, Undecodable> {
  const value = parseJson(text)
  if (value === undefined) return err('bad_json')
  const records: readonly Json[] = Array.isArray(value) ? value : [value]
  if (records.length === 0) return err('empty_batch')
  return ok({ records, isNonstandardBase64, encoding, length: text.length })
}

function parseLines(text: string): Result<DecodedRecords, Undecodable> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const records = lines.map((line) => parseJson(line) ?? null)
  return ok({ records, isNonstandardBase64: false, encoding: 'ndjson', length: text.length })
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
