/** A request, as far as faults look at it. */
export interface Call {
  readonly method: string
  /** As normalisePath gives it. */
  readonly path: string
}

/** What a fault without a path concerns. */
const SENDING = ['/track', '/engage', '/groups', '/import']
/** What no fault touches, so that a fault can always be taken back. */
const CONTROL = /^\/(_twin|metrics)(\/|$)/

/** The path of a URL as routes compare it: without query, doubled slashes, and a slash at its end (GEN-05). */
export function normalisePath(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? ''
  return path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')
}

/** True for the paths of our own API. */
export function isControlPath(path: string): boolean {
  return CONTROL.test(path)
}

/**
 * True where a call is one that a fault concerns. A path with `*` at its end is a beginning; without a path, every
 * endpoint that records are sent to.
 */
export function matchesCall(
  fault: { readonly path?: string; readonly method?: string },
  call: Call,
): boolean {
  if (isControlPath(call.path)) return false
  if (fault.method !== undefined && fault.method !== call.method) return false
  if (fault.path === undefined) return SENDING.includes(call.path)
  if (fault.path.endsWith('*')) return call.path.startsWith(fault.path.slice(0, -1))
  return normalisePath(fault.path) === call.path
}
