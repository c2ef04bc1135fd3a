import type { IdManagement } from '../core/identity/model.ts'
import type { RenderedVerdict } from '../core/verdict/verdict.ts'

/** A user that the records would make. */
export interface ExplainedUser {
  readonly distinct_id: string
  readonly distinct_ids: readonly string[]
  /** The places of the records that would be stored as this user's. */
  readonly records: readonly number[]
}

/** What would become of a record. */
export interface ExplainedRecord {
  readonly record_index: number
  readonly event: string | null
  readonly outcome: RenderedVerdict['outcome']
  /** Whose it would be; null where it would not be stored. */
  readonly distinct_id: string | null
  readonly verdicts: readonly RenderedVerdict[]
}

/** What would become of all records in one mode. */
export interface ModeExplanation {
  readonly users: readonly ExplainedUser[]
  readonly records: readonly ExplainedRecord[]
}

/** The answer: each mode that was asked for, and where they differ. */
export interface Explanation {
  readonly modes: Partial<Record<IdManagement, ModeExplanation>>
  readonly differences: readonly Difference[]
}

/** Where modes differ: in their users, or in what becomes of a record. */
export interface Difference {
  /** The record's place; null for the users of all records. */
  readonly record_index: number | null
  /** One sentence that names each mode. */
  readonly message: string
  readonly modes: Partial<Record<IdManagement, string>>
}
