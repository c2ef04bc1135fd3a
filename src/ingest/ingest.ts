import { createHash } from 'node:crypto'
import type { Guesses } from '../access/guesses.ts'
import type { Locator } from '../core/geo/place.ts'
import type { GeoContext } from '../core/geo/sources.ts'
import type { Json } from '../core/json.ts'
import type { Project } from '../core/project.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { OutcomeKind } from '../core/verdict/verdict.ts'
import type { Db } from '../store/db.ts'
import type { Commits } from './commits.ts'
import type { IdentityMemory } from './identity-memory.ts'
import type { JudgedRecord } from './judged.ts'
import type { NameMemory } from './name-memory.ts'
import type { ProjectDirectory } from './project-directory.ts'
import type { RateLimits } from './rate-limits.ts'
import type { TimeSlices } from './time-slices.ts'

/** What the ingest path works with. */
export interface IngestDeps {
  readonly db: Db
  readonly commits: Commits
  readonly memory: IdentityMemory
  readonly projects: ProjectDirectory
  readonly names: NameMemory
  readonly locator: Locator
  readonly limits: RateLimits
  readonly slices: TimeSlices
  /** Now, in ms since the epoch. */
  readonly clock: () => number
  readonly newId: () => string
  /** The bearer token that opens every project, where one is configured. */
  readonly adminToken: string | undefined
  readonly guesses: Guesses
}

/** Where a request came from and to. */
export interface RequestOrigin {
  /** The client's address, as far as proxies are trusted. */
  readonly ip: string
  /** The Host header; empty where there was none. */
  readonly host: string
  /** Bytes of the URL as it was sent. */
  readonly urlBytes: number
  /** What is worth telling of the way it came. */
  readonly findings: readonly Finding[]
}

/** A finding on one record; the request's own findings have no index. */
export interface RecordFinding {
  readonly index: number | undefined
  readonly finding: Finding
  /** What became of the record. */
  readonly outcomeKind: OutcomeKind
}

/** A record as it came, and the project that has its token. */
export interface SentRecord {
  readonly record: Json
  readonly project: Project | undefined
}

/** The answer to an ingestion request, and what the answer does not tell. */
export interface Ingested {
  readonly reply: ReplyPlan
  /** What was judged, where what became of it is committed. */
  readonly records: readonly SentRecord[]
  readonly findings: readonly RecordFinding[]
}

/** The findings of a request and of its records, in order. */
export function allFindings(
  requestFindings: readonly Finding[],
  records: readonly JudgedRecord<unknown>[],
): readonly RecordFinding[] {
  const findings: RecordFinding[] = requestFindings.map((finding) => ({
    index: undefined,
    finding,
    outcomeKind: 'stored',
  }))
  for (const [index, { outcome }] of records.entries()) {
    for (const finding of outcome.findings) findings.push({ index, finding, outcomeKind: outcome.kind })
  }
  return findings
}

/** A distinct_id made of the client's address, the same for an address and project (TRK-33, IMP-18). */
export function distinctIdOfAddress(project: Project, ip: string): string {
  return createHash('sha1').update(`${project.publicId}:${ip}`).digest('hex')
}

/** What records of a request may be located by. In: the address, and whether the request says that it may be used. */
export function geoOf(
  { id }: Project,
  requestIp: string,
  usesRequestIp: boolean,
  { locator, names }: IngestDeps,
): GeoContext {
  return {
    locator,
    requestIp,
    usesRequestIp,
    remember: (distinctId) => names.locate(id, requestIp, distinctId),
  }
}
