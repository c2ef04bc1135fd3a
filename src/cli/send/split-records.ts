import { MAX_REQUEST_BYTES } from '../../core/limits.ts'

/** A JSON object of a file, as text, and its first line, counted from 1. */
export interface RawRecord {
  readonly text: string
  readonly line: number
  /** In UTF-8. */
  readonly bytes: number
}

/** Why the rest of a file cannot be split. */
export interface SplitError {
  readonly line: number
  /** The end of a sentence about the line. */
  readonly reason: string
}

const [QUOTE, BACKSLASH, NEWLINE, COMMA, BLANK] = [0x22, 0x5c, 0x0a, 0x2c, 0x20]
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x5b, 0x5d, 0x7b, 0x7d]
/** The bytes of the mark of byte order that may precede a text. */
const MARK: ReadonlySet<number> = new Set([0xef, 0xbb, 0xbf])

/**
 * Splits bytes into the JSON objects of a list, or those that follow one another, such as one a line. Does not parse
 * them. At most one of them is in memory.
 */
export class RecordSplitter {
  #line = 1
  #isInList = false
  /** How many braces and brackets of the current record are open; 0 between records. */
  #depth = 0
  #isInString = false
  #isEscaped = false
  #startLine = 1
  /** The pieces of the current record in earlier chunks. */
  #pieces: Buffer[] = []
  #bytes = 0
  #error: SplitError | undefined

  /** Why the bytes after the last record were not split. */
  get error(): SplitError | undefined {
    return this.#error
  }

  /** Out: the records that end in this chunk. After an error there are none. */
  push(chunk: Buffer): readonly RawRecord[] {
    const records: RawRecord[] = []
    let start = 0
    for (let at = 0; at < chunk.length && this.#error === undefined; at += 1) {
      const byte = chunk[at] ?? 0
      if (byte === NEWLINE) this.#line += 1
      if (this.#depth === 0) {
        if (byte === OPEN) start = at
        this.#between(byte)
      } else if (this.#within(byte)) {
        records.push(this.#finish(chunk.subarray(start, at + 1)))
      }
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start))
    return records
  }

  /** Ends the file. */
  end(): void {
    if (this.#error !== undefined) return
    if (this.#depth > 0) this.#fail('begins a record that does not end: the file is cut', this.#startLine)
    else if (this.#isInList) this.#fail('is in a list that does not end: the file is cut', this.#line)
  }

  /** A byte between records. */
  #between(byte: number): void {
    if (byte === OPEN) {
      this.#depth = 1
      this.#startLine = this.#line
    } else if (byte === OPEN_LIST && !this.#isInList) this.#isInList = true
    else if (byte === CLOSE_LIST && this.#isInList) this.#isInList = false
    else if (byte > BLANK && byte !== COMMA && !MARK.has(byte)) {
      this.#fail('has no record: expected a JSON object, or a list of them', this.#line)
    }
  }

  /** A byte of a record. Out: whether it is the last. */
  #within(byte: number): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === BACKSLASH) this.#isEscaped = true
      else if (byte === QUOTE) this.#isInString = false
      else if (byte === NEWLINE) this.#fail('has a string that does not end', this.#line - 1)
    } else if (byte === QUOTE) this.#isInString = true
    else if (byte === OPEN || byte === OPEN_LIST) this.#depth += 1
    else if (byte === CLOSE || byte === CLOSE_LIST) this.#depth -= 1
    return this.#depth === 0
  }

  #finish(last: Buffer): RawRecord {
    const whole = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    this.#bytes = 0
    return { text: whole.toString(), line: this.#startLine, bytes: whole.length }
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#bytes += piece.length
    if (this.#bytes > MAX_REQUEST_BYTES) {
      this.#fail('begins a record that is larger than a request may be, 10 MB', this.#startLine)
    }
  }

  #fail(reason: string, line: number): void {
    this.#error ??= { line, reason }
    this.#pieces = []
  }
}
