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

/** The query part of a request URL, with or without the path before it. */
export function parseQuery(url: string): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}

/** True for a parameter that is on: `1`, `true`, and the `2` that verbose knows. */
export function isOn(value: string | undefined): boolean {
  return value === '1' || value === '2' || value === 'true'
}
