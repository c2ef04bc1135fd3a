import type { Json } from '../json.ts'
import { MAX_CONTAINER_BYTES, MAX_ELEMENTS, MAX_STRING_LENGTH } from '../limits.ts'
import { isPlainInAnyUnit } from '../normalise/properties.ts'

/*
 * JSON that is plain: valid, within the limits of properties (PRP-10 to PRP-16), storable as it is, and with the bytes
 * that JSON.stringify would write. Whatever takes time to decide does not count as plain.
 */

/** What the functions below return for a value that is not plain. */
export const NOT_PLAIN = -1

const [TAB, LINE_END, RETURN, BLANK, QUOTE, MINUS, DOT, BACKSLASH] = [9, 10, 13, 0x20, 0x22, 0x2d, 0x2e, 0x5c]
const [COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x2c, 0x5b, 0x5d, 0x7b, 0x7d]
const [ZERO, NINE] = [0x30, 0x39]
/** What may follow a backslash: JSON.stringify writes these as they were sent. */
const SHORT_ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\bfnrt'))
const WORDS = ['true', 'false', 'null'].map((word) => Buffer.from(word))

/** Digits that a double can always hold. */
const MAX_DIGITS = 15
/** Smaller fractions are written with an exponent. */
const MAX_LEADING_ZEROS = 5

/** The index of the first byte at or after `at` that is not JSON whitespace. */
export function skipBlanks(bytes: Buffer, at: number): number {
  let next = at
  for (;;) {
    const byte = bytes[next]
    if (byte !== BLANK && byte !== LINE_END && byte !== RETURN && byte !== TAB) return next
    next++
  }
}

/** The index after a plain text's closing quote. In: the index after the opening one; where the record ends. */
export function endOfText(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) return at - from <= MAX_STRING_LENGTH ? at + 1 : NOT_PLAIN
    if (byte >= 0x80) {
      const length = lengthOfSequence(bytes, at, to)
      if (length === 0) return NOT_PLAIN
      at += length
    } else if (byte === BACKSLASH) {
      if (!SHORT_ESCAPES.has(bytes[at + 1] ?? 0)) return NOT_PLAIN
      at += 2
    } else if (byte < BLANK) return NOT_PLAIN
    else at++
  }
  return NOT_PLAIN
}

/** Bytes of the UTF-8 sequence at `at`; 0 if there is none. */
function lengthOfSequence(bytes: Buffer, at: number, to: number): number {
  const first = bytes[at] ?? 0
  const second = bytes[at + 1] ?? 0
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  if (first < 0xc2 || first > 0xf4 || at + length > to) return 0
  // Sequences longer than necessary, surrogates, and what is beyond U+10FFFF.
  if ((first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f)) return 0
  if ((first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f)) return 0
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}

/** The index after a plain value. In: its first byte; where the record ends. */
export function endOfValue(bytes: Buffer, at: number, to: number): number {
  const byte = bytes[at]
  if (byte === QUOTE) return endOfText(bytes, at + 1, to)
  if (byte === OPEN_LIST) return endOfList(bytes, at, to)
  if (byte === OPEN_OBJECT) return endOfContainer(bytes, at, to)
  return endOfNumberOrWord(bytes, at, to)
}

function endOfNumberOrWord(bytes: Buffer, at: number, to: number): number {
  const byte = bytes[at] ?? 0
  if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return endOfNumber(bytes, at, to)
  // A loop, since a function would be made for every number.
  for (const word of WORDS)
    if (startsWith(bytes, at, word)) return at + word.length <= to ? at + word.length : NOT_PLAIN
  return NOT_PLAIN
}

/** True if these bytes are at `at`. */
export function startsWith(bytes: Buffer, at: number, start: Buffer): boolean {
  for (let i = 0; i < start.length; i++) if (bytes[at + i] !== start[i]) return false
  return true
}

/** A number is plain if it has the digits with which JavaScript writes it: not 1.0, 1e3, -0 or 0.1000000000000000055. */
function endOfNumber(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS
  const first = isNegative ? from + 1 : from
  const point = endOfDigits(bytes, first)
  const isZero = bytes[first] === ZERO
  const digits = point - first
  if (digits === 0 || (isZero && digits > 1)) return NOT_PLAIN
  const isWhole = bytes[point] !== DOT
  const end = isWhole ? point : endOfDigits(bytes, point + 1)
  if (end > to || isExponent(bytes[end])) return NOT_PLAIN
  if (isWhole) return digits > MAX_DIGITS || (isZero && isNegative) ? NOT_PLAIN : end
  const decimals = end - point - 1
  if (decimals === 0 || bytes[end - 1] === ZERO) return NOT_PLAIN
  if (digits + decimals > MAX_DIGITS || (isZero && zerosAt(bytes, point + 1) > MAX_LEADING_ZEROS)) {
    return isWrittenSo(bytes, from, end) ? end : NOT_PLAIN
  }
  return end
}

function isExponent(byte: number | undefined): boolean {
  return byte === 0x65 || byte === 0x45
}

function endOfDigits(bytes: Buffer, from: number): number {
  let at = from
  for (let byte = bytes[at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[at] ?? 0) at++
  return at
}

function zerosAt(bytes: Buffer, from: number): number {
  let at = from
  while (bytes[at] === ZERO) at++
  return at - from
}

/** The longest number that JavaScript writes: -0.000001234567890123456. */
const MAX_NUMBER_CHARS = 25

function isWrittenSo(bytes: Buffer, from: number, to: number): boolean {
  if (to - from > MAX_NUMBER_CHARS) return false
  const text = bytes.toString('latin1', from, to)
  return String(Number(text)) === text
}

/** Lists of texts, numbers and the like are scanned; other lists and objects are parsed. */
function endOfList(bytes: Buffer, from: number, to: number): number {
  let at = from + 1
  if (bytes[at] === CLOSE_LIST) return at + 1
  const limit = Math.min(to, from + MAX_CONTAINER_BYTES)
  for (let count = 1; count <= MAX_ELEMENTS; count++) {
    const byte = bytes[at]
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) return endOfContainer(bytes, from, to)
    at = byte === QUOTE ? endOfText(bytes, at + 1, limit) : endOfNumberOrWord(bytes, at, limit)
    if (at === NOT_PLAIN || at >= limit) return NOT_PLAIN
    if (bytes[at] === CLOSE_LIST) return at + 1
    if (bytes[at] !== COMMA) return NOT_PLAIN
    at++
  }
  return NOT_PLAIN
}

/** The value is plain if it is written as it was sent: then no name is there twice. */
function endOfContainer(bytes: Buffer, from: number, to: number): number {
  const end = findClosing(bytes, from, Math.min(to, from + MAX_CONTAINER_BYTES))
  if (end === NOT_PLAIN) return NOT_PLAIN
  const sent = bytes.toString('utf8', from, end)
  const value = parse(sent)
  const isPlain = value !== undefined && isPlainInAnyUnit(value) && JSON.stringify(value) === sent
  return isPlain && !sent.includes('\\u') ? end : NOT_PLAIN
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** The index after the bracket that closes the one at `from`. */
function findClosing(bytes: Buffer, from: number, to: number): number {
  let depth = 0
  let isInText = false
  for (let at = from; at < to; at++) {
    const byte = bytes[at]
    if (isInText) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isInText = false
    } else if (byte === QUOTE) isInText = true
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return NOT_PLAIN
}
