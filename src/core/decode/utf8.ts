import { runAtOnce, STEP_BYTES, type Steps } from './steps.ts'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Decodes bytes and loses nothing that can be kept: UTF-8; the CESU-8 surrogate pairs that the browser SDK's own base64
 * writes for emoji (TRK-03, docs/sdks.md S3) become the character; any other invalid byte becomes a lone surrogate
 * U+DC80..U+DCFF, so that validation can still name its property (PRP-18). A leading byte order mark is dropped.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return decodeQuickly(bytes) ?? decodeStrictly(bytes) ?? runAtOnce(decodeLeniently(bytes))
}

/** The same in steps, for bytes that may be megabytes. */
export function* decodeUtf8InSteps(bytes: Uint8Array): Steps<string> {
  const text = decodeQuickly(bytes) ?? decodeStrictly(bytes)
  if (text !== undefined) return text
  yield
  return yield* decodeLeniently(bytes)
}

/** A Buffer is decoded in a fraction of the time that a TextDecoder takes to start. Undefined if it may be no UTF-8. */
function decodeQuickly(bytes: Uint8Array): string | undefined {
  if (!Buffer.isBuffer(bytes) || bytes.length > MAX_QUICK_BYTES) return undefined
  const text = bytes.toString('utf8')
  if (text.includes(REPLACEMENT)) return undefined
  return text.startsWith(MARK) ? text.slice(1) : text
}

const MAX_QUICK_BYTES = 65_536
const REPLACEMENT = '\uFFFD'
const MARK = '\uFEFF'

/** Decodes bytes that are UTF-8; undefined for others. */
export function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** Bytes decoded between two yields; each takes longer than in other loops. */
const PIECE_BYTES = STEP_BYTES / 2

function* decodeLeniently(bytes: Uint8Array): Steps<string> {
  // A sequence never has more UTF-16 units than bytes. One more, of the piece before, and the rest of the last sequence.
  const units = new Uint16Array(Math.min(bytes.length, PIECE_BYTES) + 4)
  const pieces: string[] = []
  let count = 0
  let at = 0
  for (;;) {
    const end = Math.min(at + PIECE_BYTES, bytes.length)
    while (at < end) {
      const length = sequenceLength(bytes, at)
      if (length === 0) count = putWrongByte(units, count, bytes[at] ?? 0)
      else count = putCodePoint(units, count, codePointAt(bytes, at, length))
      at += Math.max(length, 1)
    }
    if (at === bytes.length) break
    // The last unit may still have to change.
    count--
    pieces.push(textOf(units, count))
    units[0] = units[count] ?? 0
    count = 1
    yield
  }
  pieces.push(textOf(units, count))
  if (pieces.length > 1) yield
  const text = pieces.join('')
  return text.startsWith(MARK) ? text.slice(1) : text
}

function textOf(units: Uint16Array, count: number): string {
  return Buffer.from(units.buffer, 0, 2 * count).toString('utf16le')
}

/** Out: the new number of units. */
function putCodePoint(units: Uint16Array, count: number, codePoint: number): number {
  if (codePoint < 0x10000) {
    units[count] = codePoint
    return count + 1
  }
  units[count] = 0xd7c0 + (codePoint >> 10)
  units[count + 1] = 0xdc00 + (codePoint & 0x3ff)
  return count + 2
}

/** Writes a lone surrogate. If it would form a pair with the unit before, that unit is changed. */
function putWrongByte(units: Uint16Array, count: number, byte: number): number {
  const before = units[count - 1] ?? 0
  if (before >= 0xd800 && before < 0xdc00) units[count - 1] = 0xdc00
  units[count] = 0xdc00 + byte
  return count + 1
}

/** Bytes of the sequence at `at`; 0 if there is none. Three-byte surrogates are accepted: CESU-8. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0
  if (length === 0 || first < 0xc2) return 0
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0
  const codePoint = codePointAt(bytes, at, length)
  const smallest = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000
  return codePoint >= smallest && codePoint <= 0x10ffff ? length : 0
}

function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at] ?? 0
  if (length === 1) return first
  let codePoint = first & (0xff >> (length + 1))
  for (let i = 1; i < length; i++) codePoint = (codePoint << 6) | ((bytes[at + i] ?? 0) & 0x3f)
  return codePoint
}
