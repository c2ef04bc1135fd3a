import { isJsonObject, type Json } from '../json.ts'
import { err, ok, type Result } from '../result.ts'
import { decodeFormValue, isEncoded } from './form-value.ts'
import { runAtOnce, type Steps } from './steps.ts'

/**
 * A request's parameters: those of the query, and of a form body for names that the query lacks (TRK-05). Unknown names
 * are ignored (TRK-06).
 */
export interface Params {
  /** The value of a parameter as sent, or undefined; the first one if a name repeats. */
  get(name: string): string | undefined
}

/** Parameters read from a query or form: several times more than any client sends. The rest is ignored. */
export const MAX_PARAMS = 512

/** Characters read of an encoded name; all known names are far shorter. */
const MAX_NAME_CHARS = 256

/** A value as sent: a part of a form or query, with one character per byte. */
export interface RawValue {
  readonly text: string
  readonly from: number
  readonly to: number
}

/** A name and its value; a raw one is decoded when it is asked for. */
type Pair = readonly [name: string, value: string | RawValue]

/** The parameters of a query or form, in order. A value is decoded when it is asked for. */
export class ParamList implements Params {
  readonly #pairs: readonly Pair[]
  /** True where there were more than MAX_PARAMS. */
  readonly isCut: boolean

  constructor(pairs: readonly Pair[], isCut = false) {
    this.#pairs = pairs
    this.isCut = isCut
  }

  get(name: string): string | undefined {
    const value = this.#find(name)
    return typeof value === 'object' ? decodeNow(value.text.slice(value.from, value.to)) : value
  }

  /** Like get, for a value that may have megabytes. */
  *getInSteps(name: string): Steps<string | undefined> {
    const value = this.#find(name)
    return typeof value === 'object' ? yield* decodeFormValue(value.text.slice(value.from, value.to)) : value
  }

  /** A value before it was decoded; undefined for one of a JSON object. */
  rawOf(name: string): RawValue | undefined {
    const value = this.#find(name)
    return typeof value === 'object' ? value : undefined
  }

  /** All names, including repeated ones. */
  get names(): readonly string[] {
    return this.#pairs.map(([name]) => name)
  }

  #find(name: string): Pair[1] | undefined {
    for (const [given, value] of this.#pairs) if (given === name) return value
    return undefined
  }
}

const NO_PARAMS = new ParamList([])

/**
 * Parses `a=1&b=2` in one pass, up to MAX_PARAMS parameters. In: text with one character per byte, as in a URL or a
 * body.
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
  // Searched only where a name can be: a value of megabytes may have no equals sign.
  const head = text.slice(from, Math.min(to, from + MAX_NAME_CHARS))
  const equals = head.indexOf('=')
  const nameEnd = equals < 0 ? Math.min(to, from + MAX_NAME_CHARS) : from + equals
  const valueStart = equals < 0 ? to : nameEnd + 1
  const name = decodeNow(text.slice(from, nameEnd))
  return [name, { text, from: valueStart, to }]
}

/** Most names and values need no decoding. */
function decodeNow(raw: string): string {
  return isEncoded(raw) ? runAtOnce(decodeFormValue(raw)) : raw
}

/** Combines query and form; the query takes precedence. */
export function joinParams(query: Params, form: Params | undefined): Params {
  return { get: (name) => query.get(name) ?? form?.get(name) }
}

/** The parameters of a request URL, with or without its path. */
export function parseQuery(url: string): ParamList {
  const mark = url.indexOf('?')
  if (mark < 0) return NO_PARAMS
  const query = url.slice(mark + 1)
  // A URL on the wire has one character per byte; one from a test or a tool may have others.
  return parseForm(/[\u0100-\uffff]/.test(query) ? Buffer.from(query).toString('latin1') : query)
}

/**
 * The parameters in the body of a query: a form, or a JSON object, whose values other than texts become their JSON
 * text; null counts as not given. Errors: a JSON body that is not an object, or too many parameters, as the sentence to
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
/** The error for a query or form that was not read to the end. */
export const TOO_MANY_PARAMS = `there are more than ${MAX_PARAMS} parameters`

/** True if a parameter is on: `1`, `true`, or the `2` that verbose allows. */
export function isOn(value: string | undefined): boolean {
  return value === '1' || value === '2' || value === 'true'
}
