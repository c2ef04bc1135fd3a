/** The parts of a request that faults are matched against. */
export interface Call {
  readonly method: string
  /** As normalisePath returns it. */
  readonly path: string
}

/** The paths of a fault that names none. */
const SENDING = ['/track', '/engage', '/groups', '/import']
/** Paths that no fault affects, so that a fault can always be removed. */
const CONTROL = /^\/(_twin|metrics)(\/|$)/

/** The path of a URL as routes compare it: without query, doubled slashes and a slash at its end (GEN-05). */
export function normalisePath(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? ''
  return path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')
}

export function isControlPath(path: string): boolean {
  return CONTROL.test(path)
}

/**
 * True if a fault applies to a call. A path with `*` at its end is a prefix; without a path, it applies to every
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
