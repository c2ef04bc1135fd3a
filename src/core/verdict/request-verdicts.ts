import type { Json } from '../json.ts'
import type { Finding } from './finding.ts'
import { type KeptRecord, keepRecord, MAX_KEPT_CHARS } from './kept-record.ts'
import { type FindingContext, toVerdict, type Verdict } from './verdict.ts'

/** Verdicts stored per request. */
const MAX_VERDICTS = 10_000
/** Characters of records stored with them. */
const MAX_RECORD_CHARS = 2_097_152
/** Characters stored of a record without a project, which anybody may send in any number. */
const MAX_UNROUTED_CHARS = 2_048

/** A record, and its stored form once there is one. */
export interface FindingsRecord {
  readonly record: Json
  readonly kept?: KeptRecord | undefined
}

/** Prepares the records of one request for storing: whole as long as there is room, which each finding takes. */
export class RecordKeeper {
  #chars = 0

  /** The stored form of a record with so many findings; each verdict holds a copy. `isRouted`: a project was found. */
  keep(record: Json, findings: number, isRouted: boolean): KeptRecord {
    const maxChars = isRouted ? MAX_KEPT_CHARS : MAX_UNROUTED_CHARS
    const kept = keepRecord(record, this.#chars < MAX_RECORD_CHARS ? maxChars : 0)
    this.#chars += kept.text.length * findings
    return kept
  }
}

/** Collects the verdicts of one request, up to a limit. */
export class RequestVerdicts {
  readonly verdicts: Verdict[] = []
  readonly #keeper = new RecordKeeper()

  /** Adds findings on a record, or on the request if there is none. */
  add(findings: readonly Finding[], context: Omit<FindingContext, 'record'>, judged?: FindingsRecord): void {
    if (findings.length === 0 || this.verdicts.length >= MAX_VERDICTS) return
    const kept =
      judged && (judged.kept ?? this.#keeper.keep(judged.record, findings.length, context.projectId !== 0))
    for (const finding of findings.slice(0, MAX_VERDICTS - this.verdicts.length)) {
      this.verdicts.push(toVerdict(finding, { ...context, record: kept }))
    }
  }
}
