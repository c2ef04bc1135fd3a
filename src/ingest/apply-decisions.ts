import type { StoredEvent } from '../core/event.ts'
import type { Claim, Decision } from '../core/identity/model.ts'
import type { RecordOutcome } from '../core/judge/outcome.ts'
import type { Project } from '../core/project.ts'
import type { Verdict } from '../core/verdict/verdict.ts'
import { type JudgedRecord, type JudgedRequest, verdictsOf } from './judged-request.ts'

/** The identity decisions on a request, by the index of the record. */
export type Decisions = ReadonlyMap<number, Decision>

/** A claim, the index of its record, and the event that made it. */
export interface PlacedClaim {
  readonly index: number
  readonly claim: Claim
  readonly event: StoredEvent
}

/** A request after its identity decisions: its records, and the events and verdicts to write. */
export interface DecidedRequest<Refusal> {
  readonly records: readonly JudgedRecord<RecordOutcome<Refusal>>[]
  readonly events: readonly StoredEvent[]
  readonly verdicts: readonly Verdict[]
}

/** The claims of a request, by project and in the order of their records. */
export function claimsByProject({ records }: JudgedRequest): ReadonlyMap<Project, readonly PlacedClaim[]> {
  const claims = new Map<Project, PlacedClaim[]>()
  for (const [index, { project, outcome }] of records.entries()) {
    if (project === undefined || outcome.kind !== 'stored' || outcome.claim === undefined) continue
    const placed = { index, claim: outcome.claim, event: outcome.event }
    const before = claims.get(project)
    if (before === undefined) claims.set(project, [placed])
    else before.push(placed)
  }
  return claims
}

/** Applies decisions to the judged records of a request. */
export function applyDecisions<Refusal>(
  request: JudgedRequest<RecordOutcome<Refusal>>,
  decisions: Decisions,
): DecidedRequest<Refusal> {
  const events: StoredEvent[] = []
  const decide = (judged: JudgedRecord<RecordOutcome<Refusal>>, index: number) => {
    const decision = decisions.get(index)
    return decision === undefined ? judged : withDecision(judged, decision)
  }
  const records = decisions.size === 0 ? request.records : request.records.map(decide)
  for (const { outcome } of records) if (outcome.kind === 'stored') events.push(outcome.event)
  return { records, events, verdicts: verdictsOf(request, records) }
}

function withDecision<Refusal>(
  judged: JudgedRecord<RecordOutcome<Refusal>>,
  decision: Decision,
): JudgedRecord<RecordOutcome<Refusal>> {
  const { outcome } = judged
  if (outcome.kind !== 'stored') return judged
  const { distinctId, annotations, findings, event: name = outcome.event.event } = decision
  const isAsJudged = distinctId === outcome.event.distinctId && annotations === undefined
  if (isAsJudged && findings.length === 0) return judged
  const propertiesJson = annotate(outcome.event.propertiesJson, annotations)
  const event = { ...outcome.event, event: name, distinctId, propertiesJson }
  return { ...judged, outcome: { ...outcome, event, findings: [...outcome.findings, ...findings] } }
}

/** Adds members to the text of a JSON object; of duplicate keys, Postgres keeps the last. */
function annotate(propertiesJson: string, annotations: Decision['annotations']): string {
  if (annotations === undefined) return propertiesJson
  const comma = propertiesJson === '{}' ? '' : ','
  return propertiesJson.slice(0, -1) + comma + JSON.stringify(annotations).slice(1)
}
