import type { StoredEvent } from '../event.ts'
import type { GeoContext } from '../geo/sources.ts'
import type { Claim } from '../identity/model.ts'
import type { Project } from '../project.ts'
import type { Finding } from '../verdict/finding.ts'

/** An event that is to be stored. */
export interface StoredOutcome {
  readonly kind: 'stored'
  readonly event: StoredEvent
  /** Its claim about identity, for the project's rulebook to decide; undefined for none. */
  readonly claim: Claim | undefined
  readonly findings: readonly Finding[]
}

/**
 * The outcome of one record: what is `Taken`, or why it is not. `dropped` counts as accepted in the answer although
 * nothing is stored; `skipped` is left out without being reported (IMP-13); `rejected` carries the text of the answer.
 */
export type RecordOutcome<Refusal, Taken = StoredOutcome> =
  | Taken
  | { readonly kind: 'dropped'; readonly findings: readonly Finding[] }
  | { readonly kind: 'skipped'; readonly findings: readonly Finding[] }
  | { readonly kind: 'rejected'; readonly refusal: Refusal; readonly findings: readonly Finding[] }

/** What judging needs besides the record. Time and randomness are passed in, so that judging is pure. */
export interface JudgeContext {
  readonly project: Project
  /** Time of receipt, ms since the epoch: the project's clock. */
  readonly nowMs: number
  /** What a record may be located by (GEO-02, ENG-24). */
  readonly geo: GeoContext
  /** The host the client used, from the Host header. */
  readonly host: string
  /** The distinct_id for an event without any id (TRK-33, IMP-18); empty for none. */
  readonly fallbackDistinctId: () => string
  /** Makes an insert_id for an event without one (DDP-05). */
  readonly newInsertId: () => string
}
