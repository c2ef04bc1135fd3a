import { err, ok, type Result } from '../result.ts'
import { decodeUtf8 } from './utf8.ts'

/** What a `data` value said once its wrapping was taken off. */
export interface DecodedData {
  /** The JSON text. */
  readonly text: string
  /** Base64 without padding or in the URL-safe alphabet: tolerated, not documented (TRK-03). */
  readonly isNonstandardBase64: boolean
}

const STANDARD = /^[A-Za-z0-9+/]*={0,2}$/
const TOLERATED = /^[A-Za-z0-9+/_-]*={0,2}$/

/** True when text is JSON by its first character, as the SDKs never say which of the two they send. */
export function looksLikeJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return first === 0x7b || first === 0x5b
}

/**
 * The JSON text in a `data` value (TRK-03). JSON as it is when it starts with `{` or `[`; else base64, in
 * which a form parser has turned the raw `+` of the Node and PHP SDKs into spaces. Errors: `bad_base64`.
 */
export function decodeData(value: string): Result<DecodedData, 'bad_base64'> {
  const trimmed = value.trim()
  if (looksLikeJson(trimmed)) return ok({ text: trimmed, isNonstandardBase64: false })
  const base64 = /\s/.test(trimmed) ? trimmed.replaceAll(' ', '+').replace(/[\r\n\t]/g, '') : trimmed
  const isStandard = base64.length % 4 === 0 && STANDARD.test(base64)
  if (!isStandard && !TOLERATED.test(base64)) return err('bad_base64')
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  const digits = base64.length - padding
  if (digits === 0 || digits % 4 === 1) return err('bad_base64')
  return ok({ text: decodeUtf8(Buffer.from(base64, 'base64')), isNonstandardBase64: !isStandard })
}
