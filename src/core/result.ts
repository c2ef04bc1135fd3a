/** The result of an operation that can fail by a rule. Expected errors are values; exceptions are bugs. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}

/** Ends a switch over a closed union: a forgotten case is a compile error. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${String(value)}`)
}
