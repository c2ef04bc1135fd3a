import { err, type Result } from '../result.ts'
import { MAX_PARAMS, type ParamList } from './params.ts'

/** Why a request has no usable records (TRK-13). */
export type DecodeErrorCode =
  | 'no_data'
  | 'bad_gzip'
  | 'bad_base64'
  | 'bad_json'
  | 'empty_batch'
  | 'too_large'
  | 'too_many'

/** The same in words, with what was found instead (`payload.undecodable`). */
export interface DecodeError {
  readonly code: DecodeErrorCode
  /** The middle of a sentence. */
  readonly cause: string
}

export function decodeError(code: DecodeErrorCode, cause: string): Result<never, DecodeError> {
  return err({ code, cause })
}

/** Names of form fields listed in a message. */
const MAX_NAMES = 5
const MAX_NAME_CHARS = 40

/** Why a body that was read as a form has no data. In: its media type, the body, and the form read from it. */
export function whyNoData(mediaType: string, body: Uint8Array, form: ParamList): string {
  if (mediaType.startsWith('multipart/')) return `${mediaType} is not read`
  if (isGzip(body)) return GZIP
  if (form.isCut) return `there is no field data among the first ${MAX_PARAMS} of the form`
  const names = [...new Set(form.names)].slice(0, MAX_NAMES)
  return `the body is not JSON, and as a form it has no field data, only ${names.map(shorten).join(', ')}`
}

/** Why a text that does not start like JSON is not base64 either. */
export function whyNoBase64(value: string): string {
  const text = value.trim()
  const at = text.search(/[^A-Za-z0-9+/_=\s-]/)
  if (at < 0) return `data is neither JSON nor base64: ${text.length} characters are no whole number of bytes`
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
  const hint = character === '%' ? ', so it may be percent-encoded twice' : ''
  return `data is neither JSON nor base64: at ${at} there is ${JSON.stringify(character)}${hint}`
}

/** Why a payload is not JSON. In: the parser's message. */
export function whyNoJson(problem: string, payload: Uint8Array, isFromBase64: boolean): string {
  if (isGzip(payload)) return GZIP
  return `${isFromBase64 ? 'the decoded base64' : 'the text'} is not JSON (${problem})`
}

const GZIP = 'it is gzip, and no Content-Encoding: gzip says so'

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function shorten(name: string): string {
  return name.length <= MAX_NAME_CHARS ? name : `${name.slice(0, MAX_NAME_CHARS)}…`
}
