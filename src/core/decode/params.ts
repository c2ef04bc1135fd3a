import { isJsonObject, type Json } from '../json.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * A request's parameters: those of the query, and of a form body where the query does not have them
 * (TRK-05). Names that nobody asks for are ignored (TRK-06).
 */
export interface Params {
  /** The value of a parameter as sent, or undefined. The first one wins where a name repeats. */
  get(name: string): string | undefined
}

/** Joins query and form; the query wins. */
export function joinParams(query: URLSearchParams, form: URLSearchParams | undefined): Params {
  return { get: (name) => query.get(name) ?? form?.get(name) ?? undefined }
}

/** The parameters of a request URL. */
export function queryParams(url: string): Params {
  return joinParams(parseQuery(url), undefined)
}

/** The query part of a request URL, with or without the path before it. */
export function parseQuery(url: string): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}

/**
 * The parameters in the body of a query: a form, or a JSON object whose values stand for their JSON text where they are
 * not texts; null is not given. Error: a JSON body that is no object, as the sentence to answer with.
 */
export function parseBodyParams(
  contentType: string | undefined,
  text: string,
): Result<URLSearchParams, string> {
  if (!/^\s*application\/json/i.test(contentType ?? '')) return ok(new URLSearchParams(text))
  try {
    const body: Json = JSON.parse(text)
    if (!isJsonObject(body)) return err(NO_PARAMS)
    const given = Object.entries(body).filter(([, value]) => value !== null)
    const entries = given.map(([name, value]): [string, string] => {
      return [name, typeof value === 'string' ? value : JSON.stringify(value)]
    })
    return ok(new URLSearchParams(entries))
  } catch {
    return err(NO_PARAMS)
  }
}

const NO_PARAMS = 'the body must be a form, or a JSON object of parameters'

/** True for a parameter that is on: `1`, `true`, and the `2` that verbose knows. */
export function isOn(value: string | undefined): boolean {
  return value === '1' || value === '2' || value === 'true'
}
