import { isJsonObject, type Json } from '../json.ts'
import { err, ok, type Result } from '../result.ts'
import { decodeFormValue } from './form-value.ts'
import { runAtOnce, type Steps } from './steps.ts'

/**
 * A request's parameters: those of the query, and of a form body where the query does not have them
 * (TRK-05). Names that nobody asks for are ignored (TRK-06).
 */
export interface Params {
  /** The value of a parameter as sent, or undefined. The first one wins where a name repeats. */
  get(name: string): string | undefined
}

/** Parameters of a query or form that are read: several times more than any client sends. What follows is ignored. */
export const MAX_PARAMS = 512

/** Characters of an encoded name that are read: no name of ours is near that. */
const MAX_NAME_CHARS = 256

/** A name and its value, or what decodes it. */
type Pair = readonly [name: string, value: string | (() => Steps<string>)]

/** The parameters of a query or form, in their order. A value is decoded when it is asked for. */
export class ParamList implements Params {
  readonly #pairs: readonly Pair[]
  /** True where there were more than MAX_PARAMS. */
  readonly isCut: boolean

  constructor(pairs: readonly Pair[], isCut = false) {
    this.#pairs = pairs
    this.isCut = isCut
  }

  get(name: string): string | undefined {
    return runAtOnce(this.getInSteps(name))
  }

  /** The same, for a value that may have megabytes. */
  *getInSteps(name: string): Steps<string | undefined> {
    const value = this.#pairs.find(([given]) => given === name)?.[1]
    return typeof value === 'function' ? yield* value() : value
  }

  /** All names, as often as they are given. */
  get names(): readonly string[] {
    return this.#pairs.map(([name]) => name)
  }
}

const NO_PARAMS = new ParamList([])

/**
 * Reads `a=1&b=2`, in one pass and never further than MAX_PARAMS. In: text of one character a byte, as it stands in a
 * URL or a body.
 */
export function parseForm(text: string): ParamList {
  const pairs: Pair[] = []
  let at = 0
  let count = 0
  while (at < text.length) {
    if (++count > MAX_PARAMS) return new ParamList(pairs, true)
    const found = text.indexOf('&', at)
    const end = found < 0 ? text.length : found
    if (end > at) pairs.push(readPair(text, at, end))
    at = end + 1
  }
  return new ParamList(pairs)
}

function readPair(text: string, from: number, to: number): Pair {
  // Looked for where a name may be, and no further: a value of megabytes has no equals sign to be found.
  const head = text.slice(from, Math.min(to, from + MAX_NAME_CHARS))
  const equals = head.indexOf('=')
  const nameEnd = equals < 0 ? Math.min(to, from + MAX_NAME_CHARS) : from + equals
  const valueStart = equals < 0 ? to : nameEnd + 1
  const name = runAtOnce(decodeFormValue(text.slice(from, nameEnd)))
  return [name, () => decodeFormValue(text.slice(valueStart, to))]
}

/** Joins query and form; the query wins. */
export function joinParams(query: Params, form: Params | undefined): Params {
  return { get: (name) => query.get(name) ?? form?.get(name) }
}

/** The parameters of a request URL, with or without the path before its query. */
export function parseQuery(url: string): ParamList {
  const mark = url.indexOf('?')
  if (mark < 0) return NO_PARAMS
  const query = url.slice(mark + 1)
  // A URL on the wire has one character a byte; what a test or a tool gives may have others.
  return parseForm(/[\u0100-\uffff]/.test(query) ? Buffer.from(query).toString('latin1') : query)
}

/**
 * The parameters in the body of a query: a form, or a JSON object whose values stand for their JSON text where they are
 * not texts; null is not given. Errors: a JSON body that is no object, or too many parameters, as the sentence to
 * answer with.
 */
export function parseBodyParams(contentType: string | undefined, body: Buffer): Result<ParamList, string> {
  if (!/^\s*application\/json/i.test(contentType ?? '')) {
    const form = parseForm(body.toString('latin1'))
    return form.isCut ? err(TOO_MANY_PARAMS) : ok(form)
  }
  try {
    const value: Json = JSON.parse(body.toString('utf8'))
    if (!isJsonObject(value)) return err(NO_OBJECT)
    const given = Object.entries(value).filter(([, member]) => member !== null)
    if (given.length > MAX_PARAMS) return err(TOO_MANY_PARAMS)
    return ok(new ParamList(given.map(([name, member]) => [name, textOf(member)])))
  } catch {
    return err(NO_OBJECT)
  }
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const NO_OBJECT = 'the body must be a form, or a JSON object of parameters'
/** Said of a query or form of which not all was read. */
export const TOO_MANY_PARAMS = `there are more than ${MAX_PARAMS} parameters`

/** True for a parameter that is on: `1`, `true`, and the `2` that verbose knows. */
export function isOn(value: string | undefined): boolean {
  return value === '1' || value === '2' || value === 'true'
}
