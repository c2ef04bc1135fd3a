import type { DecodeError } from '../core/decode/decode-error.ts'
import type { Params } from '../core/decode/params.ts'
import type { UnreadProperties } from '../core/decode/partial-records.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import type { Json } from '../core/json.ts'
import type { JudgeContext, RecordOutcome } from '../core/judge/outcome.ts'
import type { Project } from '../core/project.ts'
import type { Carrier } from '../core/refusals/endpoint.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Result } from '../core/result.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { CommitOutcome } from './commit-queue.ts'
import type { AnyOutcome, JudgedRecord, JudgedRequest } from './judged-request.ts'
import type { BeyondLimits, IngestDeps, IngestRequest } from './request.ts'

/**
 * The differences between the ingestion endpoints; `ingest` does what they have in common. `Valid` is a record that passed
 * validation, `Refusal` the reason why one is rejected, `Taken` the outcome of one that is stored or applied.
 */
export interface Endpoint<Valid extends HasToken, Refusal, Taken extends AnyOutcome> {
  readonly path: string
  /** The project that the sender's credentials opened; undefined if each record names its project by a token. */
  readonly project: Project | undefined
  /** The token of a record that failed validation. */
  readonly tokenOf: (record: Json) => string | undefined
  /** Findings on the request itself. */
  readonly findingsOn: (decoded: DecodedRequest) => readonly Finding[]
  /** Validates the form of a record. */
  readonly validate: (record: Json) => Result<Valid, Refusal>
  /** Refuses the whole request because of one record (IDS-22); undefined if there is no reason to. */
  readonly refuseAll?: (records: readonly Json[], project: Project) => RefusedAll<Refusal> | undefined
  /** True if records may be located by the address of the request (GEO-02). */
  readonly locatesByAddress: (params: Params) => boolean
  /** True if a record without an id gets one that is derived from that address (TRK-33, IMP-18). */
  readonly identifiesByAddress: (params: Params) => boolean
  /** Decides the outcome of a record in its project. */
  readonly judge: (valid: Valid, context: JudgeContext, record: Json) => RecordOutcome<Refusal, Taken>
  /**
   * The same for an event of which only some properties are parsed. Out: undefined if the others must be parsed, too.
   * Without it, all records are parsed in full.
   */
  readonly judgePart?: (
    valid: Valid,
    context: JudgeContext,
    record: Json,
    unread: UnreadProperties,
  ) => Taken | undefined
  /** Findings on a record that failed validation. */
  readonly findingsOnRefusal: (refusal: Refusal, record: Json, carrier: Carrier) => readonly Finding[]
  /** Findings that depend on earlier records. Not called for bulk loads. */
  readonly observe?: (
    checked: CheckedRecord<Valid, Refusal>,
    judged: JudgedRecord<RecordOutcome<Refusal, Taken>>,
    deps: IngestDeps,
  ) => readonly Finding[]
  /** The reason why a record was refused, if the answer to its batch hides it (TRK-19). */
  readonly silentReason?: (outcome: RecordOutcome<Refusal, Taken>) => string | undefined
  /** Findings on the request that depend on the outcomes of its records. */
  readonly findingsOnOutcomes?: (outcomes: readonly RecordOutcome<Refusal, Taken>[]) => readonly Finding[]
  /** Decides identity, or applies updates, and writes the request in one transaction. */
  readonly commit: (
    request: JudgedRequest<RecordOutcome<Refusal, Taken>>,
    deps: IngestDeps,
  ) => Promise<Committed<RecordOutcome<Refusal, Taken>> | NotCommitted>
  /** The answer to a committed request. */
  readonly reply: (outcomes: readonly RecordOutcome<Refusal, Taken>[], request: IngestRequest) => ReplyPlan
  /** The answer to a request without usable records. */
  readonly replyToNothing: (error: DecodeError, request: IngestRequest) => ReplyPlan
}

/** The token of a record's project. */
export interface HasToken {
  readonly token: string
}

/** A record as received, the result of its validation, and its token. */
export interface CheckedRecord<Valid, Refusal> {
  readonly record: Json
  readonly valid: Result<Valid, Refusal>
  readonly token: string | undefined
}

/** Validates a record. A refused one is searched for its token, which takes long if it has many names. */
export function checkRecord<Valid extends HasToken, Refusal>(
  { validate, tokenOf }: Pick<Endpoint<Valid, Refusal, never>, 'validate' | 'tokenOf'>,
  record: Json,
): CheckedRecord<Valid, Refusal> {
  const valid = validate(record)
  return { record, valid, token: valid.ok ? valid.value.token : tokenOf(record) }
}

/** The answer to a request that is refused as a whole, and the outcome of each of its records. */
export interface RefusedAll<Refusal = unknown> {
  readonly reply: ReplyPlan
  readonly outcome: RecordOutcome<Refusal>
}

/** The committed records, or a limit that only shows once stored profiles are read; then nothing is written. */
export type Committed<Outcome> =
  | { readonly kind: 'committed'; readonly records: readonly JudgedRecord<Outcome>[] }
  | { readonly kind: 'refused'; readonly beyond: BeyondLimits }

/** A commit that did not hold, or was not possible. */
export type NotCommitted = Exclude<CommitOutcome<never>, { kind: 'committed' }>
