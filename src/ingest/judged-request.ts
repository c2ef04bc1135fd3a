import { nowOf } from '../core/clock.ts'
import type { Json } from '../core/json.ts'
import type { RecordOutcome } from '../core/judge/outcome.ts'
import type { ProfileOutcome } from '../core/judge/profile.ts'
import type { Project } from '../core/project.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { KeptRecord } from '../core/verdict/kept-record.ts'
import { RequestVerdicts } from '../core/verdict/request-verdicts.ts'
import type { OutcomeKind, Verdict } from '../core/verdict/verdict.ts'
import { senderKey } from './sender-key.ts'

/** Any outcome of a record. */
export type AnyOutcome = RecordOutcome<unknown> | ProfileOutcome

/** One record of a request, and what was made of it without looking at other records. */
export interface JudgedRecord<Outcome = RecordOutcome<unknown>> {
  readonly record: Json
  /** Undefined where no project has the record's token. */
  readonly project: Project | undefined
  readonly outcome: Outcome
  /** What verdicts keep of the record, where that is known already. */
  readonly kept?: KeptRecord | undefined
}

/** A request whose records were judged. */
export interface JudgedRequest<Outcome = RecordOutcome<unknown>> {
  /** The path it came to. */
  readonly endpoint: string
  /** Ms since the epoch, by the server's clock; each project may have its own. */
  readonly receivedAtMs: number
  readonly records: readonly JudgedRecord<Outcome>[]
  /** Bytes of the payload, decoded and inflated. */
  readonly sentBytes: number
  /** Findings on the request itself, what became of it, and the project that they are kept with. */
  readonly findings: readonly Finding[]
  readonly outcomeKind: OutcomeKind
  readonly project: Project | undefined
  /** The address that it came from. */
  readonly sender: string
}

/** What became of a record, as verdicts have it: an accepted update counts as stored. */
export function outcomeKindOf({ kind }: AnyOutcome): OutcomeKind {
  return kind === 'accepted' ? 'stored' : kind
}

/** A record with more to say about it. */
export function addFindings<Outcome extends AnyOutcome>(
  judged: JudgedRecord<Outcome>,
  added: readonly Finding[],
): JudgedRecord<Outcome> {
  if (added.length === 0) return judged
  return { ...judged, outcome: { ...judged.outcome, findings: [...judged.outcome.findings, ...added] } }
}

/** The projects that a request writes to, each once. */
export function projectsOf({ project, records }: JudgedRequest<unknown>): readonly Project[] {
  const projects = new Set<Project>()
  if (project !== undefined) projects.add(project)
  for (const { project: named } of records) if (named !== undefined) projects.add(named)
  return [...projects]
}

/** The projects of several requests, each version once: two may have been judged with two copies of one. */
export function projectsOfAll(requests: readonly JudgedRequest<unknown>[]): readonly Project[] {
  const projects = new Map<string, Project>()
  for (const project of requests.flatMap(projectsOf))
    projects.set(`${project.id}:${project.version}`, project)
  return [...projects.values()]
}

/** The verdicts that are kept of a request. In: its records as they were committed. */
export function verdictsOf(
  request: JudgedRequest<unknown>,
  records: readonly JudgedRecord<AnyOutcome>[],
): readonly Verdict[] {
  const { endpoint, project, findings, outcomeKind } = request
  const gathered = new RequestVerdicts()
  gathered.add(findings, { ...placeOf(project, request), endpoint, outcomeKind })
  for (const [recordIndex, judged] of records.entries()) {
    const { outcome } = judged
    // Nothing to say costs nothing (VRD-03).
    if (outcome.findings.length === 0) continue
    const place = placeOf(judged.project, request)
    const context = { ...place, endpoint, recordIndex, outcomeKind: outcomeKindOf(outcome) }
    gathered.add(outcome.findings, context, judged)
  }
  return gathered.verdicts
}

/** Where a verdict is kept: with a project, or with those of none, which are told apart by their senders. */
function placeOf(
  project: Project | undefined,
  { receivedAtMs, sender }: Pick<JudgedRequest, 'receivedAtMs' | 'sender'>,
): { readonly projectId: number; readonly receivedAtMs: number; readonly sender?: string } {
  if (project === undefined) return { projectId: 0, receivedAtMs, sender: senderKey(sender) }
  return { projectId: project.id, receivedAtMs: nowOf(project, receivedAtMs) }
}
