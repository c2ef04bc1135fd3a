import { err, ok, type Result } from '../result.ts'
import { STEP_BYTES, type Steps } from './steps.ts'

/** The decoded contents of a `data` value. */
export interface DecodedData {
  /** The JSON text, in UTF-8. */
  readonly bytes: Uint8Array
  /** Base64 without padding or in the URL-safe alphabet: accepted, not documented (TRK-03). */
  readonly isNonstandardBase64: boolean
}

/** True if a text starts like JSON; SDKs do not say whether they send JSON or base64. */
export function looksLikeJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return first === 0x7b || first === 0x5b
}

/**
 * The JSON text in a `data` value (TRK-03). Text that starts with `{` or `[` is JSON; other text is base64, in which a
 * form parser has turned the raw `+` of the Node and PHP SDKs into spaces. Errors: `bad_base64`.
 */
export function* decodeData(value: string): Steps<Result<DecodedData, 'bad_base64'>> {
  const trimmed = value.trim()
  if (looksLikeJson(trimmed)) return ok({ bytes: Buffer.from(trimmed), isNonstandardBase64: false })
  if (STANDARD.test(trimmed) && trimmed.length % 4 === 0) {
    return ok({ bytes: Buffer.from(trimmed, 'base64'), isNonstandardBase64: false })
  }
  const digits = yield* readDigits(Buffer.from(trimmed))
  if (digits === undefined) return err('bad_base64')
  const { text, padding, isUrlSafe } = digits
  if (text.length === 0 || text.length % 4 === 1) return err('bad_base64')
  const isStandard = !isUrlSafe && (text.length + padding) % 4 === 0
  yield
  return ok({ bytes: Buffer.from(text, 'base64'), isNonstandardBase64: !isStandard })
}

/** What nearly all clients send; checked in a fraction of the time. */
const STANDARD = /^[A-Za-z0-9+/]+={0,2}$/

interface Digits {
  /** Without padding. */
  readonly text: string
  readonly padding: number
  readonly isUrlSafe: boolean
}

const [BLANK, PLUS, EQUALS] = [0x20, 0x2b, 0x3d]
/**
 * The meaning of a byte in base64: a digit, one of the URL-safe alphabet, or a line end or tab to skip; 0 is invalid.
 */
const KINDS = new Uint8Array(256)
const [DIGIT, URL_SAFE, LEFT_OUT] = [1, 2, 3]
for (const [kind, bytes] of [
  [DIGIT, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/ '],
  [URL_SAFE, '-_'],
  [LEFT_OUT, '\r\n\t'],
] as const) {
  for (const byte of Buffer.from(bytes)) KINDS[byte] = kind
}

/** Compacts the digits of base64, in one pass and in place; undefined if there is any other character. */
function* readDigits(bytes: Buffer): Steps<Digits | undefined> {
  let count = 0
  let padding = 0
  let isUrlSafe = false
  for (let at = 0; at < bytes.length; at++) {
    if (at % STEP_BYTES === STEP_BYTES - 1) yield
    const byte = bytes[at] ?? 0
    const kind = KINDS[byte]
    if (kind === LEFT_OUT) continue
    if (byte === EQUALS && padding < 2) padding++
    else if (kind === 0 || padding > 0) return undefined
    else {
      if (kind === URL_SAFE) isUrlSafe = true
      bytes[count++] = byte === BLANK ? PLUS : byte
    }
  }
  return { text: bytes.toString('latin1', 0, count), padding, isUrlSafe }
}
