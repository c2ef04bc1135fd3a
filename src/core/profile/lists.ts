import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'

/** A list that is stored: it is never changed, but replaced. */
type List = readonly Json[]

/** From here on it pays to look elements up: a batch may put hundreds of values to tens of thousands. */
const MANY_VALUES = 8

/** What a list or an object weighs as JSON. */
export interface Weight {
  /** In UTF-8, as compact JSON. */
  readonly bytes: number
  /** What Postgres adds to that: it writes 1e308 with all its 309 digits. */
  readonly digits: number
}

/** The weights of lists and objects: a batch weighs each once, however often it grows. */
const weights = new WeakMap<object, Weight>()

/** Weighs a list or an object, which must not change afterwards. */
export function weigh(container: JsonObject | List): Weight {
  const known = weights.get(container)
  if (known !== undefined) return known
  const weight = weightOf(container)
  weights.set(container, weight)
  return weight
}

const EXPONENT = /\de[+-](\d{1,3})(?=[,\]}]|$)/g

/** Weighs any value, anew. */
export function weightOf(value: Json): Weight {
  const text = JSON.stringify(value)
  let digits = 0
  for (const [, exponent] of text.matchAll(EXPONENT)) digits += Number(exponent)
  return { bytes: Buffer.byteLength(text), digits }
}

/** ENG-15: the list with values at its end. */
export function append(list: List, values: List): List {
  if (values.length === 0) return list
  const all = list.concat(values)
  let { bytes, digits } = weigh(list)
  bytes += values.length - (list.length === 0 ? 1 : 0)
  for (const value of values) {
    const added = weightOf(value)
    bytes += added.bytes
    digits += added.digits
  }
  weights.set(all, { bytes, digits })
  return all
}

/** ENG-16: the list with each value that it does not have at its end; the very same where it has all. */
export function union(list: List, values: List): List {
  const added: Json[] = []
  if (values.length >= MANY_VALUES) {
    const elements = new Elements(list)
    for (const value of values) if (elements.add(value)) added.push(value)
  } else {
    for (const value of values) if (!has(list, value) && !has(added, value)) added.push(value)
  }
  return append(list, added)
}

/** ENG-17: the list without any element that is the same as the value; the very same where there is none. */
export function remove(list: List, value: Json): List {
  const left = list.filter((known) => !isSame(known, value))
  return left.length === list.length ? list : left
}

function has(list: List, value: Json): boolean {
  return typeof value === 'object' ? list.some((known) => isSame(known, value)) : list.includes(value)
}

/** ENG-22: the same JSON type and value; objects whatever the order of their keys. */
export function isSame(a: Json, b: Json): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (isJsonArray(a) && isJsonArray(b)) {
    return a.length === b.length && a.every((own, at) => isSame(own, b[at] ?? null))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name] ?? null, b[name] ?? null))
}

/** Elements that are looked up rather than compared, the same ones as by isSame. */
class Elements {
  /** Of a Set 0 and -0 are one, as of isSame. */
  readonly #scalars = new Set<Json>()
  readonly #containers = new Set<string>()

  constructor(list: List) {
    for (const value of list) this.add(value)
  }

  /** Adds a value. False where it is there already. */
  add(value: Json): boolean {
    if (typeof value !== 'object' || value === null) return addTo(this.#scalars, value)
    return addTo(this.#containers, ordered(value))
  }
}

function addTo<T>(set: Set<T>, value: T): boolean {
  const before = set.size
  return set.add(value).size > before
}

/** One text for all values that are the same. */
function ordered(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(ordered).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const entries = Object.entries(value).map(([name, own]) => `${JSON.stringify(name)}:${ordered(own)}`)
  return `{${entries.sort().join()}}`
}
