/** E: data lost or counted for the wrong person. W: probably not what you meant. I: information. */
export type Severity = 'E' | 'W' | 'I'

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
