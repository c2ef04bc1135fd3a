import { STEP_BYTES, type Steps } from './steps.ts'
import { decodeUtf8InSteps } from './utf8.ts'

const PERCENT = 0x25
const PLUS = 0x2b
const BLANK = 0x20

/**
 * Decodes a name or value of a form or query: `+` is a space, `%xx` a byte of UTF-8, and a `%` that is not an
 * escape stands for itself. Invalid UTF-8 becomes U+FFFD. In: text with one character per byte, as in a URL or a body.
 */
export function* decodeFormValue(raw: string): Steps<string> {
  if (!isEncoded(raw)) return raw
  const bytes = Buffer.from(raw, 'latin1')
  const place = { at: 0, to: 0 }
  while (place.at < bytes.length) {
    if (place.at > 0) yield
    replaceEscapes(bytes, place, Math.min(place.at + STEP_BYTES, bytes.length))
  }
  const text = yield* decodeUtf8InSteps(bytes.subarray(0, place.to))
  if (place.to > STEP_BYTES) yield
  return text.toWellFormed()
}

/** True for a name or value that is not what it stands for. */
export function isEncoded(raw: string): boolean {
  return /[%+\u0080-\u00ff]/.test(raw)
}

/**
 * Replaces escapes by their bytes, in place, up to `until`. `place`: the read position, and where the decoded bytes
 * end.
 */
function replaceEscapes(bytes: Uint8Array, place: { at: number; to: number }, until: number): void {
  let { at, to } = place
  for (; at < until; at++) {
    const byte = bytes[at] ?? 0
    if (byte === PLUS) bytes[to++] = BLANK
    else if (byte === PERCENT) {
      const escaped = (hexDigit(bytes[at + 1]) << 4) | hexDigit(bytes[at + 2])
      if (escaped >= 0) at += 2
      bytes[to++] = escaped < 0 ? PERCENT : escaped
    } else bytes[to++] = byte
  }
  place.at = at
  place.to = to
}

/** The value of a hexadecimal digit; -1 for any other byte. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined || byte < 0x30) return -1
  if (byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
