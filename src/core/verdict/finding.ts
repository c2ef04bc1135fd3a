import type { VerdictCode } from './catalogue.ts'
import type { Severity } from './entry.ts'

/**
 * Something worth telling the developer about one record: a code of the catalogue with the values its
 * sentence needs. Findings cost nothing on the happy path: a plain stored event has none (VRD-03).
 */
export interface Finding {
  readonly code: VerdictCode
  readonly values: Readonly<Record<string, string | number>>
  /** Where this case is less, or more, severe than the catalogue says. */
  readonly severity?: Severity
}

/** A finding on a question, with the ids that it is about. */
export interface FindingOnIds {
  readonly finding: Finding
  readonly ids: readonly string[]
}

/** Makes a finding. */
export function finding(code: VerdictCode, values: Finding['values'] = {}, severity?: Severity): Finding {
  return severity === undefined ? { code, values } : { code, values, severity }
}
