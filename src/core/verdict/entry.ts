/** E: data lost or counted for the wrong person. W: probably not what you meant. I: information. */
export type Severity = 'E' | 'W' | 'I'

/** What became of a record (VRD-01), from what is best to what is worst. */
export const OUTCOMES = ['stored', 'changed', 'no_effect', 'dropped', 'rejected'] as const

/** One of OUTCOMES. */
export type Outcome = (typeof OUTCOMES)[number]

/** One kind of verdict: its sentences have `{…}` where a finding's values go. */
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
