import { endOfText, NOT_PLAIN, startsWith } from './plain-json.ts'

/** The name of a property. */
export interface Name {
  readonly text: string
  /** With the closing quote. */
  readonly bytes: Buffer
  readonly isRead: boolean
  /** The number of the last record with it. */
  seenIn: number
  /** Names that have followed it: the last, and one before. */
  next: Name | undefined
  other: Name | undefined
}

/** Names of one request; records with further ones are parsed. */
const MAX_NAMES = 4_096
/** A name that cannot be assigned to an object like others. */
const UNASSIGNABLE = '__proto__'

/**
 * The names of the properties of a request. Records of one sender mostly have the same names in the same order, so a
 * name is compared with those that have followed the one before it; only others are decoded.
 */
export class NameTable {
  readonly #known = new Map<string, Name>()
  readonly read: ReadonlySet<string>
  /** Before the first name of a record. */
  readonly start: Name

  /** In: the names that are read. */
  constructor(read: ReadonlySet<string>) {
    this.read = read
    this.start = this.#toName('')
  }

  /** The name after a quote at `from`; undefined if it is not plain. In: the name before it, or `start`. */
  find(bytes: Buffer, from: number, to: number, before: Name): Name | undefined {
    const { next, other } = before
    if (next !== undefined && startsWith(bytes, from, next.bytes)) return next
    const isOther = other !== undefined && startsWith(bytes, from, other.bytes)
    const found = isOther ? other : this.#look(bytes, from, to)
    if (found === undefined) return undefined
    before.other = next
    before.next = found
    return found
  }

  #look(bytes: Buffer, from: number, to: number): Name | undefined {
    const end = endOfText(bytes, from, to)
    if (end === NOT_PLAIN) return undefined
    const text = bytes.toString('utf8', from, end - 1)
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const isPlain = text !== UNASSIGNABLE && !text.includes('\\')
    if (!isPlain || this.#known.size >= MAX_NAMES) return undefined
    const name = this.#toName(text)
    this.#known.set(text, name)
    return name
  }

  #toName(text: string): Name {
    const isRead = this.read.has(text)
    return { text, bytes: Buffer.from(`${text}"`), isRead, seenIn: 0, next: undefined, other: undefined }
  }
}
