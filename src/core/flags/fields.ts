import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'
import { isStorable } from '../normalise/text.ts'

const MAX_TEXT_LENGTH = 255
/** The maximum depth of a definition's JSON. */
const MAX_DEPTH = 40
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Reads the fields of a handwritten object, and collects every problem as a sentence that names the place. A value
 * returned despite a problem has the right type but must not be used.
 */
export class Fields {
  /** The object's place, such as `flags[0].ruleset`. */
  readonly where: string
  readonly #object: JsonObject
  readonly #problems: string[]

  /** In: the object, the names it may have, the list that problems are added to, and names that are ignored. */
  constructor(
    value: Json | undefined,
    where: string,
    names: readonly string[],
    problems: string[],
    ignored: readonly string[] = [],
  ) {
    this.where = where
    this.#problems = problems
    this.#object = isJsonObject(value) ? value : {}
    if (!isJsonObject(value)) this.refuse('must be an object.')
    const strange = Object.keys(this.#object).find((name) => !names.includes(name) && !ignored.includes(name))
    if (strange !== undefined) {
      this.refuse(`has the unknown field ${JSON.stringify(strange)}; it may have: ${names.join(', ')}.`)
    }
  }

  /** Adds a problem of the object itself: a sentence without its beginning. */
  refuse(problem: string): void {
    this.#problems.push(joinSentence(this.where, problem))
  }

  /** True if the field is present and not null. */
  has(name: string): boolean {
    return this.json(name) !== undefined
  }

  /** Any value; undefined if it is missing or null. */
  json(name: string): Json | undefined {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined
  }

  /** A required value of any type, including null. */
  value(name: string): Json {
    if (!Object.hasOwn(this.#object, name)) this.refuse(`has no ${name}.`)
    return this.#object[name] ?? null
  }

  /** Text of 1 to 255 characters; required without a fallback. */
  text(name: string, fallback?: string): string {
    const value = this.json(name) ?? fallback
    if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH) return value
    this.refuse(`: ${name} must be text of 1 to ${MAX_TEXT_LENGTH} characters.`)
    return ''
  }

  /** A UUID. */
  uuid(name: string): string {
    const value = this.text(name)
    if (!UUID.test(value)) this.refuse(`: ${name} must be a UUID.`)
    return value
  }

  /** One of a few texts, by default the first. */
  choice<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const value = this.json(name) ?? choices[0]
    const found = choices.find((choice) => choice === value)
    if (found === undefined) this.refuse(`: ${name} must be one of: ${choices.join(', ')}.`)
    return found ?? choices[0]
  }

  /** A boolean, by default false. */
  boolean(name: string): boolean {
    const value = this.json(name) ?? false
    if (typeof value !== 'boolean') this.refuse(`: ${name} must be true or false.`)
    return value === true
  }

  /** A number from 0 to 1. */
  share(name: string, fallback: number): number {
    const value = this.json(name) ?? fallback
    if (typeof value === 'number' && value >= 0 && value <= 1) return value
    this.refuse(`: ${name} must be a number from 0 to 1: 0.25 is a quarter.`)
    return 0
  }

  /** A list, by default the fallback. */
  list(name: string, fallback: readonly Json[] = []): readonly Json[] {
    const value = this.json(name) ?? fallback
    if (isJsonArray(value)) return value
    this.refuse(`: ${name} must be a list.`)
    return []
  }

  /** The fields of an object with any names; none if it is missing. */
  entries(name: string): readonly (readonly [string, Json])[] {
    const value = this.json(name) ?? {}
    if (isJsonObject(value)) return Object.entries(value)
    this.refuse(`: ${name} must be an object.`)
    return []
  }
}

/** Joins a place and a problem; without a space if the problem begins with a point or a colon. */
export function joinSentence(place: string, problem: string): string {
  return /^[.:]/.test(problem) ? place + problem : `${place} ${problem}`
}

/** Why JSON cannot be stored, as a sentence without its beginning; undefined if it can (DEC-07). */
export function storageProblem(value: Json, depth = 1): string | undefined {
  if (typeof value === 'string') {
    return isStorable(value) ? undefined : 'has text with U+0000 or half a surrogate pair.'
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MAX_DEPTH) return `nests deeper than ${MAX_DEPTH}.`
  const inner: readonly Json[] = isJsonArray(value) ? value : Object.entries(value).flat()
  return inner.map((part) => storageProblem(part, depth + 1)).find((problem) => problem !== undefined)
}
