import type { StoredEvent } from '../event.ts'
import type { GeoContext } from '../geo/sources.ts'
import type { Claim } from '../identity/model.ts'
import type { Project } from '../project.ts'
import type { Finding } from '../verdict/finding.ts'

/**
 * What becomes of one record. `dropped` counts as accepted in the answer although nothing is stored;
 * `skipped` is left out without being reported (IMP-13); `rejected` carries the answer's own words.
 */
export type RecordOutcome<Refusal> =
  | {
      readonly kind: 'stored'
      readonly event: StoredEvent
      /** What it says about who is who, for the project's rulebook to decide; undefined for nothing. */
      readonly claim: Claim | undefined
      readonly findings: readonly Finding[]
    }
  | { readonly kind: 'dropped'; readonly findings: readonly Finding[] }
  | { readonly kind: 'skipped'; readonly findings: readonly Finding[] }
  | { readonly kind: 'rejected'; readonly refusal: Refusal; readonly findings: readonly Finding[] }

/** What a judgement needs to know beside the record: values, so that judging stays a pure function. */
export interface JudgeContext {
  readonly project: Project
  /** Time of receipt, ms since the epoch: the project's clock. */
  readonly nowMs: number
  /** What a record may be located by (GEO-02, ENG-24). */
  readonly geo: GeoContext
  /** The host the client used, from the Host header. */
  readonly host: string
  /** The distinct_id that stands in for an event without any id (TRK-33, IMP-18); empty for none. */
  readonly fallbackDistinctId: () => string
  /** Makes an insert_id for an event without one (DDP-05). */
  readonly newInsertId: () => string
}
