import type { Outcome } from '../api/types.ts'

/** The word of each outcome. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  stored: 'Stored',
  changed: 'Changed',
  no_effect: 'No effect',
  dropped: 'Dropped',
  rejected: 'Refused',
}
