import type { Guesses } from '../access/guesses.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import type { Locator } from '../core/geo/place.ts'
import type { Json } from '../core/json.ts'
import type { Project } from '../core/project.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { OutcomeKind } from '../core/verdict/verdict.ts'
import type { Db } from '../store/db.ts'
import type { Commits } from './commits.ts'
import type { IdentityMemory } from './identity-memory.ts'
import { type AnyOutcome, outcomeKindOf } from './judged-request.ts'
import type { NameMemory } from './name-memory.ts'
import type { ProjectDirectory } from './project-directory.ts'
import type { ProjectLimits } from './rate-limits.ts'
import type { TimeSlices } from './time-slices.ts'

export interface IngestDeps {
  readonly db: Db
  readonly commits: Commits
  readonly memory: IdentityMemory
  readonly projects: ProjectDirectory
  readonly names: NameMemory
  readonly locator: Locator
  readonly limits: ProjectLimits
  readonly slices: TimeSlices
  /** Now, in ms since the epoch. */
  readonly clock: () => number
  readonly newId: () => string
  /** The bearer token that gives access to every project, if one is configured. */
  readonly adminToken: string | undefined
  readonly guesses: Guesses
  /** The project that Basic credentials of no project give access to. */
  readonly projectForUnknownCredentials?: (() => Promise<Project | undefined>) | undefined
}

/** Where a request came from and to. */
export interface RequestOrigin {
  /** The client's address, as far as proxies are trusted. */
  readonly ip: string
  /** The Host header; empty if there was none. */
  readonly host: string
  /** Bytes of the URL as sent. */
  readonly urlBytes: number
  /** An Authorization header came with it. */
  readonly hasCredentials: boolean
  /** Findings on how the request was sent. */
  readonly findings: readonly Finding[]
  /** Further ones, if records may be located by the client's address. */
  readonly findingsOnAddress: () => readonly Finding[]
}

export interface IngestRequest {
  readonly decoded: DecodedRequest
  readonly origin: RequestOrigin
  /** Whether the answer may be a redirect, which a shared server does not send (TRK-14). */
  readonly mayRedirect: boolean
}

/** The answer to a request that is beyond a limit, and the finding that explains it. */
export interface BeyondLimits {
  readonly plan: ReplyPlan
  readonly why: Finding
}

/** A finding on a record, or, without an index, on the request itself. */
export interface RecordFinding {
  readonly index: number | undefined
  readonly finding: Finding
  /** The outcome of the record. */
  readonly outcomeKind: OutcomeKind
}

/** A record as sent, and the project that has its token. */
export interface SentRecord {
  readonly record: Json
  readonly project: Project | undefined
}

/** The answer to an ingestion request, and the findings that it does not contain. */
export interface Ingested {
  readonly reply: ReplyPlan
  /** The judged records, if their outcomes are committed. */
  readonly records: readonly SentRecord[]
  readonly findings: readonly RecordFinding[]
}

/** The findings on a request and on its records, in order. */
export function allFindings(
  requestFindings: readonly Finding[],
  records: readonly { readonly outcome: AnyOutcome }[],
  requestOutcome: OutcomeKind = 'stored',
): readonly RecordFinding[] {
  const all: RecordFinding[] = []
  for (const finding of requestFindings) all.push({ index: undefined, finding, outcomeKind: requestOutcome })
  records.forEach(({ outcome }, index) => {
    for (const finding of outcome.findings) all.push({ index, finding, outcomeKind: outcomeKindOf(outcome) })
  })
  return all
}
