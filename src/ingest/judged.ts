import { nowOf } from '../core/clock.ts'
import type { StoredEvent } from '../core/event.ts'
import type { Claim, Decision } from '../core/identity/model.ts'
import type { Json } from '../core/json.ts'
import type { RecordOutcome } from '../core/judge/outcome.ts'
import type { Project } from '../core/project.ts'
import type { Finding } from '../core/verdict/finding.ts'
import type { KeptRecord } from '../core/verdict/kept-record.ts'
import { type RecordKeeper, RequestVerdicts } from '../core/verdict/request-verdicts.ts'
import type { OutcomeKind, Verdict } from '../core/verdict/verdict.ts'
import { senderKey } from './sender.ts'

/** One record of a request, and what was made of it without looking at other records. */
export interface JudgedRecord<Refusal> {
  readonly record: Json
  /** Undefined where no project has the record's token. */
  readonly project: Project | undefined
  readonly outcome: RecordOutcome<Refusal>
  /** What verdicts keep of it, where that is known already. */
  readonly kept?: KeptRecord | undefined
}

/** A request whose records were judged. */
export interface JudgedRequest<Refusal> {
  /** The path it came to. */
  readonly endpoint: string
  /** Ms since the epoch, by the server's clock; each project may have its own. */
  readonly receivedAtMs: number
  readonly records: readonly JudgedRecord<Refusal>[]
  /** Findings on the request itself, what became of it, and the project whose they are. */
  readonly findings: readonly Finding[]
  readonly outcomeKind: OutcomeKind
  readonly project: Project | undefined
  /** The address that it came from. */
  readonly sender: string
}

/** A claim and the place of its record. */
export interface PlacedClaim {
  readonly index: number
  readonly claim: Claim
  readonly event: StoredEvent
}

/** What a request comes to once identity is decided: what is written, and what is said. */
export interface DecidedRequest<Refusal> {
  readonly records: readonly JudgedRecord<Refusal>[]
  readonly events: readonly StoredEvent[]
  readonly verdicts: readonly Verdict[]
}

/** The claims of a request, by project, in order. */
export function claimsByProject(
  request: JudgedRequest<unknown>,
): ReadonlyMap<Project, readonly PlacedClaim[]> {
  const claims = new Map<Project, PlacedClaim[]>()
  for (const [index, { project, outcome }] of request.records.entries()) {
    if (project === undefined || outcome.kind !== 'stored' || outcome.claim === undefined) continue
    const own = claims.get(project)
    const placed = { index, claim: outcome.claim, event: outcome.event }
    if (own === undefined) claims.set(project, [placed])
    else own.push(placed)
  }
  return claims
}

/** The projects that a request writes to, each once. */
export function projectsOf(request: JudgedRequest<unknown>): readonly Project[] {
  const projects = new Set<Project>()
  if (request.project !== undefined) projects.add(request.project)
  for (const { project } of request.records) if (project !== undefined) projects.add(project)
  return [...projects]
}

/** When a request was received, by the clock of one of its projects. In: by the server's; both ms since the epoch. */
export function receivedIn(project: Project | undefined, receivedAtMs: number): number {
  return project === undefined ? receivedAtMs : nowOf(project, receivedAtMs)
}

/** Puts decisions, by the place of their records, into what was judged. */
export function applyDecisions<Refusal>(
  request: JudgedRequest<Refusal>,
  decisions: ReadonlyMap<number, Decision>,
): DecidedRequest<Refusal> {
  const events: StoredEvent[] = []
  const { endpoint } = request
  const verdicts = new RequestVerdicts()
  verdicts.add(request.findings, {
    ...placeOf(request.project, request),
    endpoint,
    outcomeKind: request.outcomeKind,
  })
  const records = request.records.map((judged, index) => {
    const decision = decisions.get(index)
    const decided = decision === undefined ? judged : withDecision(judged, decision)
    if (decided.outcome.kind === 'stored') events.push(decided.outcome.event)
    const { outcome, project } = decided
    const context = { ...placeOf(project, request), endpoint, recordIndex: index, outcomeKind: outcome.kind }
    verdicts.add(outcome.findings, context, decided)
    return decided
  })
  return { records, events, verdicts: verdicts.verdicts }
}

interface Kept {
  readonly record: Json
  readonly project: Project | undefined
  readonly outcome: { readonly findings: readonly Finding[] }
  readonly kept?: KeptRecord | undefined
}

/** A record with what its verdicts keep of it, where something is told: to find that takes time for a large one. */
export function withKept<J extends Kept>(judged: J, keeper: RecordKeeper): J {
  const { findings } = judged.outcome
  return findings.length === 0
    ? judged
    : { ...judged, kept: keeper.keep(judged.record, findings.length, judged.project !== undefined) }
}

/** The record as the project's rulebook has it stored. */
function withDecision<R>(judged: JudgedRecord<R>, decision: Decision): JudgedRecord<R> {
  const { outcome } = judged
  if (outcome.kind !== 'stored') return judged
  const { distinctId, annotations, findings, event: name = outcome.event.event } = decision
  if (distinctId === outcome.event.distinctId && annotations === undefined && findings.length === 0)
    return judged
  const propertiesJson = annotate(outcome.event.propertiesJson, annotations)
  const event = { ...outcome.event, event: name, distinctId, propertiesJson }
  return { ...judged, outcome: { ...outcome, event, findings: [...outcome.findings, ...findings] } }
}

/** Adds members to the text of a JSON object; Postgres keeps the last of a name. */
function annotate(propertiesJson: string, annotations: Decision['annotations']): string {
  if (annotations === undefined) return propertiesJson
  const comma = propertiesJson === '{}' ? '' : ','
  return propertiesJson.slice(0, -1) + comma + JSON.stringify(annotations).slice(1)
}

/** Where a verdict is kept: with a project, or with those of none, which are told apart by their senders. */
export function placeOf(
  project: Project | undefined,
  { receivedAtMs, sender }: Pick<JudgedRequest<unknown>, 'receivedAtMs' | 'sender'>,
): { readonly projectId: number; readonly receivedAtMs: number; readonly sender?: string } {
  if (project !== undefined) return { projectId: project.id, receivedAtMs: receivedIn(project, receivedAtMs) }
  return { projectId: 0, receivedAtMs, sender: senderKey(sender) }
}
