import type { Json } from '../core/json.ts'
import type { ProfileOutcome } from '../core/judge/profile.ts'
import type { ProfileUpdate } from '../core/profile/profile.ts'
import type { Project } from '../core/project.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { KeptRecord } from '../core/verdict/kept-record.ts'
import { RequestVerdicts } from '../core/verdict/request-verdicts.ts'
import type { OutcomeKind, Verdict } from '../core/verdict/verdict.ts'
import { placeOf } from './judged.ts'
import type { RewriteRefusal } from './rewrite-budget.ts'

/** One record of /engage or /groups, and what was made of it without looking at the profile. */
export interface JudgedUpdate {
  readonly record: Json
  readonly project: Project | undefined
  readonly outcome: ProfileOutcome
  /** What verdicts keep of it, where that is known already. */
  readonly kept?: KeptRecord | undefined
}

/** A request whose records were judged. */
export interface JudgedProfiles {
  readonly endpoint: string
  /** Ms since the epoch, by the server's clock; each project may have its own. */
  readonly receivedAtMs: number
  readonly records: readonly JudgedUpdate[]
  /** Bytes of the payload, roughly: its characters. */
  readonly sentBytes: number
  readonly findings: readonly Finding[]
  readonly project: Project | undefined
  /** The address that it came from. */
  readonly sender: string
}

/** An update and where it comes from. */
export interface PlacedUpdate {
  readonly request: JudgedProfiles
  readonly index: number
  readonly project: Project
  readonly update: ProfileUpdate
}

/** What the profiles made of the records: findings, by the place of the record. */
export type ProfileFindings = ReadonlyMap<number, readonly Finding[]>

/** What a commit made of a request; where it was refused, nothing of it was written. */
export type ProfileCommit = { readonly kind: 'applied'; readonly findings: ProfileFindings } | RewriteRefusal

/** What became of a record, as verdicts have it. */
export function outcomeKindOf(outcome: ProfileOutcome): OutcomeKind {
  return outcome.kind === 'accepted' ? 'stored' : outcome.kind
}

/** The records with what their profiles made of them. */
export function withProfileFindings(
  request: JudgedProfiles,
  added: ProfileFindings,
): readonly JudgedUpdate[] {
  return request.records.map((judged, index) => {
    const own = added.get(index)
    if (own === undefined || own.length === 0) return judged
    return { ...judged, outcome: { ...judged.outcome, findings: [...judged.outcome.findings, ...own] } }
  })
}

/** The verdicts that are kept of a request. */
export function profileVerdicts(
  request: JudgedProfiles,
  records: readonly JudgedUpdate[],
): readonly Verdict[] {
  const { endpoint, findings, project } = request
  const verdicts = new RequestVerdicts()
  verdicts.add(findings, { ...placeOf(project, request), endpoint, outcomeKind: 'stored' })
  for (const [recordIndex, judged] of records.entries()) {
    const { outcome, project: own } = judged
    const context = { ...placeOf(own, request), endpoint, recordIndex, outcomeKind: outcomeKindOf(outcome) }
    verdicts.add(outcome.findings, context, judged)
  }
  return verdicts.verdicts
}

/** The projects that a request writes to, each once. */
export function projectsOfProfiles(request: JudgedProfiles): readonly Project[] {
  const all = [request.project, ...request.records.map((judged) => judged.project)]
  return [...new Set(all.filter((project) => project !== undefined))]
}
