import { decodeUtf8 } from './utf8.ts'

const PERCENT = 0x25
const PLUS = 0x2b
const BLANK = 0x20

/**
 * A name or value of a form or query as text: `+` is a blank, `%xx` a byte of UTF-8, and a `%` that begins no byte is
 * itself. What is no UTF-8 becomes U+FFFD. In: text of one character a byte, as it stands in a URL or a body.
 */
export function decodeFormValue(raw: string): string {
  if (!/[%+\u0080-\u00ff]/.test(raw)) return raw
  const bytes = Buffer.from(raw, 'latin1')
  return decodeUtf8(bytes.subarray(0, replaceEscapes(bytes))).toWellFormed()
}

/** Puts bytes in the place of their escapes, in one pass. Out: how many there are then. */
function replaceEscapes(bytes: Uint8Array): number {
  let to = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === PLUS) bytes[to++] = BLANK
    else if (byte === PERCENT) {
      const escaped = (hexDigit(bytes[at + 1]) << 4) | hexDigit(bytes[at + 2])
      if (escaped >= 0) at += 2
      bytes[to++] = escaped < 0 ? PERCENT : escaped
    } else bytes[to++] = byte
  }
  return to
}

/** The value of a hexadecimal digit; -1 for any other byte. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined || byte < 0x30) return -1
  if (byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
