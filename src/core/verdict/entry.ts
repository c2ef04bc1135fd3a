/**
 * How bad a finding is, the worst first. error: data is lost, or counted for the wrong person. warning: probably not what
 * the sender meant. info: good to know.
 */
export const SEVERITIES = ['error', 'warning', 'info'] as const

export type Severity = (typeof SEVERITIES)[number]

/** The outcome of a record (VRD-01), from best to worst. */
export const OUTCOMES = ['stored', 'changed', 'no_effect', 'dropped', 'rejected'] as const

export type Outcome = (typeof OUTCOMES)[number]

/** One kind of verdict; `{…}` in its sentences is replaced by a finding's values. */
export interface CatalogueEntry {
  readonly outcome: Outcome
  readonly severity: Severity
  /** What happened and why. */
  readonly message: string
  /** What to do about it. */
  readonly advice: string
  /** The rule of the contract. */
  readonly rule: string
}
