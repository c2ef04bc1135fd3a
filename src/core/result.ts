/**
 * The outcome of something that may be refused by a rule. Refusals are values; exceptions are for bugs.
 */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

/** A success. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** A refusal. */
export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}

/** Ends a switch over a closed union: a case that was forgotten is a compile error. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${String(value)}`)
}
