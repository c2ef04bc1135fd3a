import { IDENTITY_EVENTS } from '../identity/model.ts'
import type { Json, JsonObject } from '../json.ts'
import { MAX_ELEMENTS, MAX_RECORD_BYTES } from '../limits.ts'
import type { SentMembers } from '../sent-members.ts'
import { type Name, NameTable } from './name-table.ts'
import { endOfValue, NOT_PLAIN, skipBlanks, startsWith } from './plain-json.ts'

/** The properties of an event that no rule reads, as sent: they are stored without having been parsed. */
export interface UnreadProperties extends SentMembers {
  /** What they add to the event as compact JSON, in bytes. */
  readonly compactBytes: number
  /** The names that are read. */
  readonly read: ReadonlySet<string>
}

/** An event that has only those of its properties that rules read, and the others. */
export interface PartialRecord {
  readonly record: JsonObject
  readonly unread: UnreadProperties
}

const [QUOTE, COMMA, COLON, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x2c, 0x3a, 0x7b, 0x7d]
const EVENT = Buffer.from('"event"')
const PROPERTIES = Buffer.from('"properties"')
/** The opening quote of a member, its colon, and a comma. */
const OTHER_BYTES = 3
const NO_PROPERTIES: ReadonlySet<string> = new Set()
/** No part is open. */
const NONE = -1

/**
 * Reads the events of one request: parses what rules read, and checks in the same pass that the rest can be stored as it
 * was sent. Takes events that consist of `event` and `properties`, each once, in plain JSON; others must be parsed.
 */
export class PartialReader {
  readonly #bytes: Buffer
  readonly #names: NameTable
  /** Names of events, in the same kind of table: they repeat, too. */
  readonly #eventNames = new NameTable(NO_PROPERTIES)
  #eventBefore = this.#eventNames.start
  #records = 0
  /** The end of the record. */
  #to = 0
  #at = 0
  #event: string | undefined
  readonly #members: Members
  #hasMembers = false

  /** In: a payload, and the names of the properties that rules read. */
  constructor(bytes: Uint8Array, read: ReadonlySet<string>) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#names = new NameTable(read)
    this.#members = new Members(this.#bytes, read)
  }

  /** Reads the record between two bytes; undefined if it must be parsed. */
  read(from: number, to: number): PartialRecord | undefined {
    if (to - from > MAX_RECORD_BYTES) return undefined
    this.#begin(from, to)
    const isPlain =
      this.#passes(OPEN_OBJECT) &&
      this.#passesMember() &&
      this.#passes(COMMA) &&
      this.#passesMember() &&
      this.#isAtEnd()
    if (!isPlain) return undefined
    const event = this.#event
    if (event === undefined || !this.#hasMembers || IDENTITY_EVENTS.has(event)) return undefined
    const { properties, unread } = this.#members.end()
    return { record: { event, properties }, unread }
  }

  #begin(from: number, to: number): void {
    this.#records++
    this.#at = from
    this.#to = to
    this.#event = undefined
    this.#hasMembers = false
  }

  /** Passes a byte, and blanks before and after it. Out: false if it is not there. */
  #passes(byte: number): boolean {
    const at = skipBlanks(this.#bytes, this.#at)
    if (this.#bytes[at] !== byte) return false
    this.#at = skipBlanks(this.#bytes, at + 1)
    return true
  }

  #isAtEnd(): boolean {
    const close = skipBlanks(this.#bytes, this.#at)
    const isClosed = this.#bytes[close] === CLOSE_OBJECT && close < this.#to
    return isClosed && skipBlanks(this.#bytes, close + 1) >= this.#to
  }

  #passesMember(): boolean {
    if (this.#passesName(EVENT)) {
      this.#event = this.#readEventName()
      return this.#event !== undefined
    }
    if (!this.#passesName(PROPERTIES) || !this.#passes(OPEN_OBJECT)) return false
    this.#hasMembers = true
    this.#members.begin()
    return this.#passesProperties()
  }

  #passesName(name: Buffer): boolean {
    if (!startsWith(this.#bytes, this.#at, name)) return false
    this.#at += name.length
    return this.#passes(COLON)
  }

  /** All events with the name share one text, since they are kept until they are stored. */
  #readEventName(): string | undefined {
    const from = this.#at
    if (this.#bytes[from] !== QUOTE) return undefined
    const name = this.#eventNames.find(this.#bytes, from + 1, this.#to, this.#eventBefore)
    if (name === undefined) return undefined
    this.#eventBefore = name
    this.#at = from + 1 + name.bytes.length
    return name.text
  }

  #passesProperties(): boolean {
    const bytes = this.#bytes
    const members = this.#members
    if (this.#passes(CLOSE_OBJECT)) return true
    let name = this.#names.start
    for (let count = 1; count <= MAX_ELEMENTS; count++) {
      const from = this.#at
      const found = bytes[from] === QUOTE ? this.#names.find(bytes, from + 1, this.#to, name) : undefined
      if (found === undefined || found.seenIn === this.#records) return false
      name = found
      name.seenIn = this.#records
      this.#at = from + 1 + name.bytes.length
      if (!this.#passes(COLON)) return false
      const valueFrom = this.#at
      const end = endOfValue(bytes, valueFrom, this.#to)
      if (end === NOT_PLAIN) return false
      if (name.isRead) members.addRead(name, readPlain(bytes, valueFrom, end))
      else members.addUnread(name, from, end, end - valueFrom)
      this.#at = end
      if (this.#passes(CLOSE_OBJECT)) return true
      if (!this.#passes(COMMA)) return false
    }
    return false
  }
}

/** The value of plain JSON. */
function readPlain(bytes: Buffer, from: number, end: number): Json {
  const isText = bytes[from] === QUOTE
  const text = isText ? bytes.toString('utf8', from + 1, end - 1) : bytes.toString('utf8', from, end)
  if (isText && !text.includes('\\')) return text
  return JSON.parse(isText ? `"${text}"` : text) as Json
}

/**
 * Gathers the members of the properties of one event after another. What it hands out is small, since all events of a
 * request are kept until they are stored.
 */
class Members {
  readonly #body: Buffer
  readonly #read: ReadonlySet<string>
  readonly #parts: number[] = []
  #values: Record<string, Json> = {}
  #compactBytes = 0
  #from = NONE
  #to = NONE
  #hasRead = false

  constructor(body: Buffer, read: ReadonlySet<string>) {
    this.#body = body
    this.#read = read
  }

  begin(): void {
    this.#parts.length = 0
    this.#values = {}
    this.#compactBytes = 0
    this.#from = NONE
    this.#hasRead = false
  }

  addRead(name: Name, value: Json): void {
    this.#values[name.text] = value
    this.#hasRead = true
    this.#closePart()
  }

  /** In: where the member begins and ends, and the bytes of its value. */
  addUnread(name: Name, from: number, to: number, valueBytes: number): void {
    if (this.#from === NONE) this.#from = from
    this.#to = to
    this.#compactBytes += name.bytes.length + OTHER_BYTES + valueBytes
  }

  /** To be called after the last member. */
  end(): { readonly properties: JsonObject; readonly unread: UnreadProperties } {
    this.#closePart()
    // The first of all members has no comma.
    const commas = !this.#hasRead && this.#compactBytes > 0 ? 1 : 0
    const compactBytes = this.#compactBytes - commas
    const unread = { body: this.#body, read: this.#read, parts: this.#parts.slice(), compactBytes }
    return { properties: this.#values, unread }
  }

  #closePart(): void {
    if (this.#from === NONE) return
    this.#parts.push(this.#from, this.#to)
    this.#from = NONE
  }
}
