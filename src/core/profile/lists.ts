import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'

/** A stored list: replaced, never changed. */
type List = readonly Json[]

/** From here on it pays to build an index: a batch may add hundreds of values to tens of thousands. */
const MANY_VALUES = 8

/** The size of a list or an object as JSON. */
export interface Weight {
  /** As compact JSON in UTF-8. */
  readonly bytes: number
  /** Additional digits that Postgres writes: 1e308 has 309. */
  readonly digits: number
}

/** Cached sizes of lists and objects: a batch measures each once, however often it grows. */
const weights = new WeakMap<object, Weight>()

/** The size of a list or an object, which must not change afterwards; cached. */
export function weigh(container: JsonObject | List): Weight {
  const known = weights.get(container)
  if (known !== undefined) return known
  const weight = weightOf(container)
  weights.set(container, weight)
  return weight
}

const EXPONENT = /\de[+-](\d{1,3})(?=[,\]}]|$)/g

/** The size of any value, not cached. */
export function weightOf(value: Json): Weight {
  const text = JSON.stringify(value)
  let digits = 0
  for (const [, exponent] of text.matchAll(EXPONENT)) digits += Number(exponent)
  return { bytes: Buffer.byteLength(text), digits }
}

/** ENG-15: the list with the values appended. */
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

/** ENG-16: the list with each value appended that it lacks; the same list if it lacks none. */
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

/** ENG-17: the list without the elements that equal the value; the same list if there are none. */
export function remove(list: List, value: Json): List {
  const left = list.filter((known) => !isSame(known, value))
  return left.length === list.length ? list : left
}

function has(list: List, value: Json): boolean {
  return typeof value === 'object' ? list.some((known) => isSame(known, value)) : list.includes(value)
}

/** ENG-22: same JSON type and value; the order of an object's keys does not matter. */
export function isSame(a: Json, b: Json): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object') return false
  if (isJsonArray(a) && isJsonArray(b)) {
    return a.length === b.length && a.every((element, at) => isSame(element, b[at] ?? null))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name] ?? null, b[name] ?? null))
}

/** A set of elements, by the equality of isSame. */
class Elements {
  /** A Set treats 0 and -0 as equal, as isSame does. */
  readonly #scalars = new Set<Json>()
  readonly #containers = new Set<string>()

  constructor(list: List) {
    for (const value of list) this.add(value)
  }

  /** Adds a value. False if it was there already. */
  add(value: Json): boolean {
    if (typeof value !== 'object' || value === null) return addTo(this.#scalars, value)
    return addTo(this.#containers, ordered(value))
  }
}

function addTo<T>(set: Set<T>, value: T): boolean {
  const before = set.size
  return set.add(value).size > before
}

/** One text for all values that are equal by isSame. */
function ordered(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(ordered).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const entries = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${ordered(member)}`)
  return `{${entries.sort().join()}}`
}
