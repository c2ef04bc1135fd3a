import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'
import { isStorable } from '../normalise/text.ts'

const MAX_TEXT_LENGTH = 255
/** How the JSON of a definition may nest. */
const MAX_DEPTH = 40
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Reads the fields of an object that somebody has written by hand, and notes every problem as a sentence that
 * names the place. What is read in spite of a problem is of the right type, and of no use.
 */
export class Fields {
  /** Where the object is, such as `flags[0].ruleset`. */
  readonly where: string
  readonly #object: JsonObject
  readonly #problems: string[]

  /** In: the object, the names it may have, and where to note problems. */
  constructor(value: Json | undefined, where: string, names: readonly string[], problems: string[]) {
    this.where = where
    this.#problems = problems
    this.#object = isJsonObject(value) ? value : {}
    if (!isJsonObject(value)) this.refuse('must be an object.')
    const strange = Object.keys(this.#object).find((name) => !names.includes(name))
    if (strange !== undefined) {
      this.refuse(`has the unknown field ${JSON.stringify(strange)}; it may have: ${names.join(', ')}.`)
    }
  }

  /** Notes a problem of the object itself: a sentence without its beginning. */
  refuse(problem: string): void {
    this.#problems.push(joinSentence(this.where, problem))
  }

  /** True where the field is there and is not null. */
  has(name: string): boolean {
    return this.json(name) !== undefined
  }

  /** Any value; undefined where it is missing or null. */
  json(name: string): Json | undefined {
    return Object.hasOwn(this.#object, name) ? (this.#object[name] ?? undefined) : undefined
  }

  /** Any value, null too, that must be there. */
  value(name: string): Json {
    if (!Object.hasOwn(this.#object, name)) this.refuse(`has no ${name}.`)
    return this.#object[name] ?? null
  }

  /** Text of 1 to 255 characters; without a fallback it must be there. */
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

  /** One of a few texts, the first of them where it is missing. */
  choice<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const value = this.json(name) ?? choices[0]
    const found = choices.find((choice) => choice === value)
    if (found === undefined) this.refuse(`: ${name} must be one of: ${choices.join(', ')}.`)
    return found ?? choices[0]
  }

  /** True or false, false where it is missing. */
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

  /** A list, the fallback where it is missing. */
  list(name: string, fallback: readonly Json[] = []): readonly Json[] {
    const value = this.json(name) ?? fallback
    if (isJsonArray(value)) return value
    this.refuse(`: ${name} must be a list.`)
    return []
  }

  /** The fields of an object that has any names, none where it is missing. */
  entries(name: string): readonly (readonly [string, Json])[] {
    const value = this.json(name) ?? {}
    if (isJsonObject(value)) return Object.entries(value)
    this.refuse(`: ${name} must be an object.`)
    return []
  }
}

/** A place and what is wrong there; what begins with a point or a colon follows at once. */
export function joinSentence(place: string, problem: string): string {
  return /^[.:]/.test(problem) ? place + problem : `${place} ${problem}`
}

/** Why JSON cannot be kept, as a sentence without its beginning; undefined where it can (DEC-07). */
export function storageProblem(value: Json, depth = 1): string | undefined {
  if (typeof value === 'string') {
    return isStorable(value) ? undefined : 'has text with U+0000 or half a surrogate pair.'
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > MAX_DEPTH) return `nests deeper than ${MAX_DEPTH}.`
  const inner: readonly Json[] = isJsonArray(value) ? value : Object.entries(value).flat()
  return inner.map((own) => storageProblem(own, depth + 1)).find((problem) => problem !== undefined)
}
