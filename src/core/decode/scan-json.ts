import { SMALL_BYTES } from '../limits.ts'
import { err, ok, type Result } from '../result.ts'
import { STEP_BYTES, type Steps } from './steps.ts'

/** Where a record stands in a payload, and what it is built of. */
export interface Span {
  /** Its first byte, and the one behind its last. */
  readonly from: number
  readonly to: number
  readonly names: number
  /** Objects and lists among them. */
  readonly values: number
}

/** Why the records of a payload are not parsed, and how many came before what is wrong. */
export interface ScanError {
  /** `malformed`: what stands behind a record is no JSON. `too_complex`: beyond MAX_DEPTH, MAX_NAMES or MAX_VALUES. */
  readonly code: 'malformed' | 'too_many' | 'too_complex'
  readonly records: number
}

/**
 * What one record may be built of. Names and objects are what parsing is slow for: ten megabytes of nothing else take
 * one to three seconds, and what is within these bounds a tenth of a second at most. They are far beyond what an event
 * or a profile may hold (PRP-12 to PRP-15, ENG-29).
 */
export const MAX_DEPTH = 10_000
export const MAX_NAMES = 32_768
export const MAX_VALUES = 196_608

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
/** Of the brackets `[` and `]` and the braces, which differ from them by this bit. */
const BRACE_BIT = 0x20
const OPEN = OPEN_LIST | BRACE_BIT
const CLOSE = CLOSE_LIST | BRACE_BIT
const LINE_END = 0x0a

/**
 * Finds the records of a JSON payload, the elements of a list or the one value that it is, without parsing any. What a
 * record holds is not checked, but what stands between records is: when each of them parses, the whole is JSON. Stops at
 * the first record too many.
 */
export function* scanRecords(
  bytes: Uint8Array,
  maxRecords: number,
): Steps<Result<readonly Span[], ScanError>> {
  const scan = new ValueScan(bytes)
  const from = skipBlanks(bytes, 0)
  const isList = bytes[from] === OPEN_LIST
  const spans: Span[] = []
  const fail = (code: ScanError['code']) => err({ code, records: spans.length })
  let at = isList ? skipBlanks(bytes, from + 1) : from
  let isOver = isList && bytes[at] === CLOSE_LIST
  while (!isOver) {
    if (spans.length === maxRecords) return fail('too_many')
    scan.begin(at, bytes.length)
    while (!scan.advance()) yield
    if (scan.isTooComplex) return fail('too_complex')
    spans.push(scan.span)
    at = scan.at
    isOver = !isList || bytes[at] === CLOSE_LIST
    if (!isOver && bytes[at] !== COMMA) return fail('malformed')
    if (!isOver) at = skipBlanks(bytes, at + 1)
  }
  return skipBlanks(bytes, isList ? at + 1 : at) < bytes.length ? fail('malformed') : ok(spans)
}

/**
 * Finds the records of NDJSON: the lines that are not blank (IMP-01). Of a line that is built of more than a record may
 * be nothing is left, so it is no JSON. Error: `too_many`, at the first line too many.
 */
export function* scanLines(bytes: Uint8Array, maxRecords: number): Steps<Result<readonly Span[], ScanError>> {
  const scan = new ValueScan(bytes)
  const spans: Span[] = []
  let stopAt = STEP_BYTES
  for (let at = skipBlanks(bytes, 0); at < bytes.length; at = skipBlanks(bytes, at)) {
    if (spans.length === maxRecords) return err({ code: 'too_many', records: maxRecords })
    const found = bytes.indexOf(LINE_END, at)
    const to = found < 0 ? bytes.length : found
    scan.begin(at, to)
    while (!scan.advance()) yield
    // What ends before the line does is no JSON, whatever follows.
    spans.push(scan.isTooComplex ? { from: at, to: at, names: 0, values: 0 } : { ...scan.span, to })
    at = to
    if (at < stopAt) continue
    stopAt = at + STEP_BYTES
    yield
  }
  return ok(spans)
}

/** Names and values of a text that is parsed as a whole, in a tenth of a second at most. */
const QUICK_NAMES = 98_304
const QUICK_VALUES = 393_216

/** True for JSON that is parsed as a whole without holding others up, or that is none. */
export function isQuickToParse(bytes: Uint8Array): boolean {
  if (bytes.length <= SMALL_BYTES) return true
  const scan = new ValueScan(bytes)
  scan.begin(skipBlanks(bytes, 0), bytes.length)
  while (!scan.advance());
  const { names, values } = scan.span
  return scan.deepest <= MAX_DEPTH && names <= QUICK_NAMES && values <= QUICK_VALUES
}

/** Looks at the values of a payload, one after the other, and counts what each is built of. */
class ValueScan {
  readonly #bytes: Uint8Array
  #limit = 0
  #depth = 0
  #deepest = 0
  #names = 0
  #values = 0
  #isInText = false
  #from = 0
  /** Where the look is; once it has ended, the comma or bracket behind the value, or the limit. */
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The value that was looked at. */
  get span(): Span {
    return { from: this.#from, to: this.at, names: this.#names, values: this.#values }
  }

  /** Levels of the value. */
  get deepest(): number {
    return this.#deepest
  }

  /** True for a value that is built of more than a record may be. */
  get isTooComplex(): boolean {
    return this.#deepest > MAX_DEPTH || this.#names > MAX_NAMES || this.#values > MAX_VALUES
  }

  /** Begins with the value at `from`, which goes no further than `limit`. */
  begin(from: number, limit: number): void {
    this.at = from
    this.#from = from
    this.#limit = limit
    this.#depth = 0
    this.#deepest = 0
    this.#names = 0
    this.#values = 1
    this.#isInText = false
  }

  /** Looks on. Out: true at the end of the value, false where it is time to stop. */
  advance(): boolean {
    const stop = Math.min(this.#limit, this.at + STEP_BYTES)
    const hasEnded = this.#scan(stop) || stop === this.#limit
    if (hasEnded) this.at = Math.min(this.at, this.#limit)
    return hasEnded
  }

  /** Out: true where the value ended before `stop`. */
  #scan(stop: number): boolean {
    const bytes = this.#bytes
    let { at } = this
    let depth = this.#depth
    let deepest = this.#deepest
    let names = 0
    let values = 0
    let isInText = this.#isInText
    let hasEnded = false
    while (at < stop) {
      if (isInText) {
        at = endOfText(bytes, at, stop)
        isInText = at >= stop
        if (isInText) break
        at++
      }
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) isInText = true
      else if (byte === COLON) names++
      else if (byte === COMMA) {
        hasEnded = depth === 0
        if (hasEnded) break
        values++
      } else if (byte >= OPEN_LIST) {
        const kind = byte | BRACE_BIT
        if (kind === OPEN) {
          values++
          if (++depth > deepest) deepest = depth
        } else if (kind === CLOSE) {
          hasEnded = depth === 0
          if (hasEnded) break
          depth--
        }
      }
      at++
    }
    this.#isInText = isInText
    this.at = at
    this.#depth = depth
    this.#deepest = deepest
    this.#names += names
    this.#values += values
    return hasEnded
  }
}

/** Where the text that goes on at `from` has its last quote; at or behind `stop`, it goes on there. */
function endOfText(bytes: Uint8Array, from: number, stop: number): number {
  let at = from
  while (at < stop) {
    const byte = bytes[at]
    if (byte === QUOTE) break
    at += byte === BACKSLASH ? 2 : 1
  }
  return at
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from
  while (isBlank(bytes[at])) at++
  return at
}

/** The blanks of JSON. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
