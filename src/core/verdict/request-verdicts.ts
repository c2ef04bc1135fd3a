import type { Json } from '../json.ts'
import type { Finding } from './finding.ts'
import { type KeptRecord, keepRecord, MAX_KEPT_CHARS } from './kept-record.ts'
import { type FindingContext, toVerdict, type Verdict } from './verdict.ts'

/** Verdicts that are kept of a request: a project keeps no more. */
const MAX_VERDICTS = 10_000
/** Characters of records that are kept with them. */
const MAX_RECORD_CHARS = 2_097_152
/** Characters of a record of no project: anybody may send as many as they like. */
const MAX_UNROUTED_CHARS = 2_048

/** A record, and what was kept of it, if it was. */
export interface FindingsRecord {
  readonly record: Json
  readonly kept?: KeptRecord | undefined
}

/** Keeps records of one request, whole as long as there is room, for as many verdicts as they have findings. */
export class RecordKeeper {
  #chars = 0

  /** What is kept of a record, of a project or of none, that so much is told of: each verdict has it beside it. */
  keep(record: Json, findings: number, isRouted: boolean): KeptRecord {
    const maxChars = isRouted ? MAX_KEPT_CHARS : MAX_UNROUTED_CHARS
    const kept = keepRecord(record, this.#chars < MAX_RECORD_CHARS ? maxChars : 0)
    this.#chars += kept.text.length * findings
    return kept
  }
}

/** Gathers the verdicts of one request, as many as may be kept. */
export class RequestVerdicts {
  readonly verdicts: Verdict[] = []
  readonly #keeper = new RecordKeeper()

  /** Adds the findings on a record, or on the request where there is none. */
  add(findings: readonly Finding[], context: Omit<FindingContext, 'record'>, judged?: FindingsRecord): void {
    if (findings.length === 0 || this.verdicts.length >= MAX_VERDICTS) return
    const kept =
      judged && (judged.kept ?? this.#keeper.keep(judged.record, findings.length, context.projectId !== 0))
    for (const finding of findings.slice(0, MAX_VERDICTS - this.verdicts.length)) {
      this.verdicts.push(toVerdict(finding, { ...context, record: kept }))
    }
  }
}
