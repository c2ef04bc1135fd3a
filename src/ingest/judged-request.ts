import { nowOf } from '../core/clock.ts'
import type { Json } from '../core/json.ts'
import type { RecordOutcome } from '../core/judge/outcome.ts'
import type { ProfileOutcome } from '../core/judge/profile.ts'
import type { Project } from '../core/project.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { KeptRecord } from '../core/verdict/kept-record.ts'
import { RequestVerdicts } from '../core/verdict/request-verdicts.ts'
import type { OutcomeKind, Verdict } from '../core/verdict/verdict.ts'
import type { JudgedProject } from '../store/locks.ts'
import { senderKey } from './sender-key.ts'

/** The outcome of an event or of a profile update. */
export type AnyOutcome = RecordOutcome<unknown> | ProfileOutcome

/** A record of a request, and its outcome regardless of other records. */
export interface JudgedRecord<Outcome = RecordOutcome<unknown>> {
  readonly record: Json
  /** Undefined if no project has the record's token. */
  readonly project: Project | undefined
  readonly outcome: Outcome
  /** What verdicts keep of the record, if that is determined already. */
  readonly kept?: KeptRecord | undefined
}

export interface JudgedRequest<Outcome = RecordOutcome<unknown>> {
  /** The path that it was sent to. */
  readonly endpoint: string
  /** In ms since the epoch, by the server's clock; a project's clock may differ. */
  readonly receivedAtMs: number
  readonly records: readonly JudgedRecord<Outcome>[]
  /** Returns a record as sent, where only some properties of `record` are parsed. */
  readonly wholeRecord?: ((index: number) => Json) | undefined
  /** Bytes of the payload, decoded and inflated. */
  readonly sentBytes: number
  /** Findings on the request itself. */
  readonly findings: readonly Finding[]
  /** The outcome of the request itself, for the verdicts of its findings. */
  readonly outcomeKind: OutcomeKind
  /** The project that these verdicts are stored with; undefined for none. */
  readonly project: Project | undefined
  /** The client's address. */
  readonly sender: string
}

/** The kind of an outcome in verdicts, where an accepted update counts as stored. */
export function outcomeKindOf({ kind }: AnyOutcome): OutcomeKind {
  return kind === 'accepted' ? 'stored' : kind
}

export function addFindings<Outcome extends AnyOutcome>(
  judged: JudgedRecord<Outcome>,
  added: readonly Finding[],
): JudgedRecord<Outcome> {
  if (added.length === 0) return judged
  return { ...judged, outcome: { ...judged.outcome, findings: [...judged.outcome.findings, ...added] } }
}

/** The distinct projects that a request writes to. */
export function projectsOf({ project, records }: JudgedRequest<unknown>): readonly Project[] {
  // Nearly all requests are of one.
  if (project !== undefined && records.every((record) => record.project === project)) return [project]
  const projects = new Set<Project>()
  if (project !== undefined) projects.add(project)
  for (const { project: named } of records) if (named !== undefined) projects.add(named)
  return [...projects]
}

/** The projects of several requests, each version once: they may have been judged with different copies of one. */
export function projectsOfAll(requests: readonly JudgedRequest<unknown>[]): readonly Project[] {
  return eachVersionOnce(requests.flatMap(projectsOf))
}

/** Projects without copies of the same version. */
export function eachVersionOnce<P extends JudgedProject>(projects: readonly P[]): readonly P[] {
  const different = [...new Set(projects)]
  if (different.length === 1) return different
  return [...new Map(different.map((project) => [`${project.id}:${project.version}`, project])).values()]
}

/** The verdicts to store for a request. In: its records after their decisions. */
export function verdictsOf(
  request: JudgedRequest<unknown>,
  records: readonly JudgedRecord<AnyOutcome>[],
): readonly Verdict[] {
  const { endpoint, project, findings, outcomeKind } = request
  // Requests without findings cost nothing (VRD-03).
  if (findings.length === 0 && records.every(({ outcome }) => outcome.findings.length === 0)) return []
  const gathered = new RequestVerdicts()
  gathered.add(findings, { ...placeOf(project, request), endpoint, outcomeKind })
  records.forEach((judged, recordIndex) => {
    const { outcome } = judged
    if (outcome.findings.length === 0) return
    const place = placeOf(judged.project, request)
    const context = { ...place, endpoint, recordIndex, outcomeKind: outcomeKindOf(outcome) }
    gathered.add(outcome.findings, context, withWhole(judged, recordIndex, request))
  })
  return gathered.verdicts
}

/** A record as verdicts show it, unless it is kept already. */
function withWhole(
  judged: JudgedRecord<AnyOutcome>,
  index: number,
  { wholeRecord }: Pick<JudgedRequest, 'wholeRecord'>,
): JudgedRecord<AnyOutcome> {
  return wholeRecord === undefined || judged.kept !== undefined
    ? judged
    : { ...judged, record: wholeRecord(index) }
}

/** The project that a verdict is stored with; those without a project are distinguished by sender. */
function placeOf(
  project: Project | undefined,
  { receivedAtMs, sender }: Pick<JudgedRequest, 'receivedAtMs' | 'sender'>,
): { readonly projectId: number; readonly receivedAtMs: number; readonly sender?: string } {
  if (project === undefined) return { projectId: 0, receivedAtMs, sender: senderKey(sender) }
  return { projectId: project.id, receivedAtMs: nowOf(project, receivedAtMs) }
}
