import type { DecodeError } from '../core/decode/decode-error.ts'
import type { Params } from '../core/decode/params.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import type { Json } from '../core/json.ts'
import type { JudgeContext, RecordOutcome } from '../core/judge/outcome.ts'
import type { Project } from '../core/project.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Result } from '../core/result.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { CommitOutcome } from './commit-queue.ts'
import type { AnyOutcome, JudgedRecord, JudgedRequest } from './judged-request.ts'
import type { BeyondLimits, IngestDeps, IngestRequest } from './request.ts'

/**
 * What tells one ingestion endpoint from the others; `ingest` does what they have in common. Of a record: `Valid` is what
 * its form comes to, `Refusal` why it is rejected, `Taken` what becomes of it otherwise.
 */
export interface Endpoint<Valid extends HasToken, Refusal, Taken extends AnyOutcome> {
  readonly path: string
  /** The one project that the sender's credentials opened; undefined where each record names its own by its token. */
  readonly project: Project | undefined
  /** The token of a record of any form. */
  readonly tokenOf: (record: Json) => string | undefined
  /** What there is to say about the request itself. */
  readonly findingsOn: (decoded: DecodedRequest) => readonly Finding[]
  /** Checks the form of a record. */
  readonly validate: (record: Json) => Result<Valid, Refusal>
  /** The answer for which nothing of the request is taken, whatever its records (IDS-22). */
  readonly refuseAll?: (records: readonly Json[], project: Project) => RefusedAll<Refusal> | undefined
  /** Whether records may be located by the address that the request came from (GEO-02). */
  readonly locatesByAddress: (params: Params) => boolean
  /** Whether that address stands in for the distinct_id that a record lacks (TRK-33, IMP-18). */
  readonly identifiesByAddress: (params: Params, project: Project) => boolean
  /** Says what becomes of a record in its project. */
  readonly judge: (valid: Valid, context: JudgeContext, record: Json) => RecordOutcome<Refusal, Taken>
  /** What there is to say about a record whose form is bad. */
  readonly findingsOnRefusal: (refusal: Refusal) => readonly Finding[]
  /** What only shows beside the records before it; it is not asked about bulk loads. */
  readonly observe?: (
    checked: CheckedRecord<Valid, Refusal>,
    judged: JudgedRecord<RecordOutcome<Refusal, Taken>>,
    deps: IngestDeps,
  ) => readonly Finding[]
  /** Why a record was refused, where its batch is answered as if all were well (TRK-19); undefined if it was not. */
  readonly silentReason?: (outcome: RecordOutcome<Refusal, Taken>) => string | undefined
  /** What there is to say about the request once its records are judged. */
  readonly findingsOnOutcomes?: (outcomes: readonly RecordOutcome<Refusal, Taken>[]) => readonly Finding[]
  /** Decides and writes what was judged, all or nothing. */
  readonly commit: (
    request: JudgedRequest<RecordOutcome<Refusal, Taken>>,
    deps: IngestDeps,
  ) => Promise<Committed<RecordOutcome<Refusal, Taken>> | NotCommitted>
  /** The answer to what was committed. */
  readonly reply: (outcomes: readonly RecordOutcome<Refusal, Taken>[], request: IngestRequest) => ReplyPlan
  /** The answer to a request without anything usable. */
  readonly replyToNothing: (error: DecodeError, request: IngestRequest) => ReplyPlan
}

/** The project that a record names. */
export interface HasToken {
  readonly token: string
}

/** A record as it came, and what its form comes to. */
export interface CheckedRecord<Valid, Refusal> {
  readonly record: Json
  readonly valid: Result<Valid, Refusal>
}

/** The answer to a request of which nothing is taken, and what becomes of each of its records. */
export interface RefusedAll<Refusal = unknown> {
  readonly reply: ReplyPlan
  readonly outcome: RecordOutcome<Refusal>
}

/** Records as they were committed, or a limit that was only found beside what is stored; then nothing was written. */
export type Committed<Outcome> =
  | { readonly kind: 'committed'; readonly records: readonly JudgedRecord<Outcome>[] }
  | { readonly kind: 'refused'; readonly beyond: BeyondLimits }

/** A commit that did not hold, or could not be. */
export type NotCommitted = Exclude<CommitOutcome<never>, { kind: 'committed' }>
