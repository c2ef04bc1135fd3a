import type { VerdictCode } from './catalogue.ts'
import type { Severity } from './entry.ts'

/**
 * Something about a record that its sender should know: a code of the catalogue with the values for its sentence. A
 * plain stored event has none, so findings cost nothing on the happy path (VRD-03).
 */
export interface Finding {
  readonly code: VerdictCode
  readonly values: Readonly<Record<string, string | number>>
  /** Set if this case is more or less severe than the catalogue says. */
  readonly severity?: Severity
}

/** A finding on a query, with the ids it concerns. */
export interface FindingOnIds {
  readonly finding: Finding
  readonly ids: readonly string[]
}

export function finding(code: VerdictCode, values: Finding['values'] = {}, severity?: Severity): Finding {
  return severity === undefined ? { code, values } : { code, values, severity }
}
