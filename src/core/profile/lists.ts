import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { jsonBytes } from '../measure.ts'

/** A list that is stored: it is never changed, but replaced. */
type List = readonly Json[]

/** From here on it pays to look elements up: a batch may put hundreds of values to tens of thousands. */
const MANY_VALUES = 8

/** The size of lists and objects that were measured: a batch measures each once, however often it grows. */
const measured = new WeakMap<object, number>()

/** Bytes of a list or an object as compact JSON. It must not change afterwards. */
export function containerBytes(container: JsonObject | List): number {
  const known = measured.get(container)
  if (known !== undefined) return known
  const bytes = jsonBytes(container)
  measured.set(container, bytes)
  return bytes
}

/** ENG-15: the list with values at its end. */
export function append(list: List, values: List): List {
  if (values.length === 0) return list
  const all = list.concat(values)
  let bytes = containerBytes(list) + values.length - (list.length === 0 ? 1 : 0)
  for (const value of values) bytes += jsonBytes(value)
  measured.set(all, bytes)
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
  if (Array.isArray(a) && Array.isArray(b)) {
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
  if (Array.isArray(value)) return `[${value.map(ordered).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const entries = Object.entries(value).map(([name, own]) => `${JSON.stringify(name)}:${ordered(own)}`)
  return `{${entries.sort().join()}}`
}
