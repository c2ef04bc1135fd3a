import { ID_NAMES } from '../identity/claim.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { MAX_RECORD_BYTES } from '../limits.ts'

/** A number that a double cannot hold: what is stored has other digits (PRP-19). */
export interface RoundedNumber {
  /** Its path in the record, such as `cart.prices.0`; without `properties`. */
  readonly path: string
  readonly sent: string
  readonly stored: string
}

/** A parsed record. */
export interface ExactRecord {
  readonly value: Json
  /** The first of its rounded numbers. */
  readonly rounded: readonly RoundedNumber[]
}

/**
 * A number that may be rounded: sixteen digits before the point, or more decimals than a double is printed with. What
 * Math.random() gives is none of them.
 */
const LONG_NUMBER = /[:,[\s-](?:\d{16}|[1-9]\d{0,14}\.\d{17}|0\.\d{19})/
/** Rounded numbers reported of a record. */
const MAX_ROUNDED = 10
/** More digits than a double can have before its exponent; such a number is not compared digit by digit. */
const MAX_COMPARED_CHARS = 400
/** Significant digits with which every double is told from its neighbours. */
const MAX_DOUBLE_DIGITS = 17

/** Names whose numbers are ids, at the top of a record or in its properties. */
const ID_FIELDS: ReadonlySet<string> = new Set([...ID_NAMES, '$device_id', '$group_id', '$insert_id'])
/** Times are rounded to milliseconds anyway. */
const TIMES: ReadonlySet<string> = new Set(['time', '$time'])

/** True for a JSON text that may have a number which a double cannot hold. False for nearly all texts. */
export function mayRound(text: string): boolean {
  return LONG_NUMBER.test(text)
}

/** A number at its place, while its path is being put together from the inside out. */
interface Placed {
  readonly name: string
  readonly source: string
  readonly number: number
  path: string
  holder: unknown
}

type Reviver = (this: unknown, name: string, value: Json, context: { readonly source?: string }) => Json
/** The lib types do not know the third parameter of a reviver yet. */
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => Json

/**
 * Parses a record that `mayRound`: its ids keep the digits they were sent with, as text (IDS-16), and other numbers that
 * are rounded are listed. In: JSON, and its value as JSON.parse returned it, which is kept for records over the size
 * limit and for those too deep to look at.
 */
export function parseExactly(text: string, plain: Json): ExactRecord {
  if (text.length > MAX_RECORD_BYTES) return { value: plain, rounded: [] }
  const found = new RoundedNumbers()
  try {
    const value = parseWithSource(text, found.reviver)
    return { value, rounded: isJsonObject(value) ? found.settle(value) : [] }
  } catch (error) {
    if (error instanceof RangeError) return { value: plain, rounded: [] }
    throw error
  }
}

/** Collects the rounded numbers of a record while it is parsed. */
class RoundedNumbers {
  readonly #ids: Placed[] = []
  readonly #others: Placed[] = []
  readonly reviver: Reviver

  constructor() {
    const add = this.#add.bind(this)
    this.reviver = function (name, value, { source }) {
      add(this, name, value, source)
      return value
    }
  }

  /** Gives the record's ids their digits. Out: the other rounded numbers. */
  settle(record: JsonObject): readonly RoundedNumber[] {
    for (const id of this.#ids) {
      const isId = id.holder === record || id.holder === record['properties']
      if (isId && (id.name !== 'alias' || record['event'] === '$create_alias')) {
        Object.assign(id.holder as object, { [id.name]: id.source })
      } else this.#addOther(id)
    }
    return this.#others.map(({ path, source, number }) => {
      return { path: path.replace(/^properties\./, ''), sent: source, stored: String(number) }
    })
  }

  /** Called for each value after all that it contains. */
  #add(holder: unknown, name: string, value: Json, source: string | undefined): void {
    if (typeof value === 'object' && value !== null) this.#close(holder, name, value)
    if (typeof value !== 'number' || source === undefined || !Number.isFinite(value)) return
    const placed = { name, source, number: value, path: name, holder }
    if (!ID_FIELDS.has(name)) this.#addOther(placed)
    else if (!printsAs(value, source)) this.#ids.push(placed)
  }

  #addOther(placed: Placed): void {
    if (this.#others.length >= MAX_ROUNDED || TIMES.has(placed.name)) return
    if (isRounded(placed.number, placed.source)) this.#others.push(placed)
  }

  /** The end of a list or object: what is in it is at one more step from the record. */
  #close(holder: unknown, name: string, value: object): void {
    if (name === '') return
    if (name !== 'properties') {
      // Those of inner objects have been taken off before, so that its own come last.
      for (let id = this.#ids.at(-1); id?.holder === value; id = this.#ids.at(-1)) {
        this.#addOther(id)
        this.#ids.pop()
      }
    }
    for (const placed of this.#others) {
      if (placed.holder !== value) continue
      placed.path = `${name}.${placed.path}`
      placed.holder = holder
    }
  }
}

/** True if an id made of the number has the digits that were sent. */
function printsAs(number: number, source: string): boolean {
  return Number.isSafeInteger(number) || (!Number.isInteger(number) && !isRounded(number, source))
}

/** True if a number is stored with other digits than it was sent with, beyond those that every double drops. */
function isRounded(number: number, source: string): boolean {
  if (source.length > MAX_COMPARED_CHARS) return true
  const sent = digitsOf(source)
  if (digitsOf(String(number)) === sent) return false
  if (Number.isInteger(number)) return true
  // Some languages print all digits of a double: 0.1000000000000000055 is 0.1.
  return sent.length > MAX_DOUBLE_DIGITS && digitsOf(number.toPrecision(Math.min(sent.length, 100))) !== sent
}

/** The significant digits of a number. */
function digitsOf(text: string): string {
  const [mantissa = ''] = text.split(/e/i, 1)
  return mantissa.replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '')
}
