import { nowOf } from '../core/clock.ts'
import { isOn } from '../core/decode/params.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import { mapInSteps, type Steps } from '../core/decode/steps.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import type { JudgeContext, RecordOutcome } from '../core/judge/outcome.ts'
import { judgeTrackRecord } from '../core/judge/track.ts'
import { undecodableFinding } from '../core/judge/undecodable.ts'
import { SMALL_BYTES } from '../core/limits.ts'
import type { Project } from '../core/project.ts'
import { replyToOversize } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import { NO_DATA, replyToTrack } from '../core/respond/track.ts'
import type { Result } from '../core/result.ts'
import { MERGE_NOT_ON_TRACK, type TrackRecord, validateTrackRecord } from '../core/validate/track.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import { RecordKeeper } from '../core/verdict/request-verdicts.ts'
import { answerUnread, judgeAndCommit, refuseBeyondLimits } from './commit.ts'
import { findProjects, tokensOf, unknownTokenFinding } from './find-projects.ts'
import { formFindings } from './form-findings.ts'
import {
  allFindings,
  distinctIdOfAddress,
  geoOf,
  type IngestDeps,
  type Ingested,
  type RequestOrigin,
} from './ingest.ts'
import { type JudgedRecord, type JudgedRequest, withKept } from './judged.ts'
import type { HeldBack } from './project-directory.ts'

/** Names are looked at in what SDKs send, 50 at a time; a bulk load is not held up by it. */
const MAX_OBSERVED = 50

/** A record as it came, and what validation made of it. */
export interface Validated {
  readonly record: Json
  readonly valid: Result<TrackRecord, string>
}

/**
 * Takes a request of /track from its decoded form to its answer (TRK-01 to TRK-43): validate, find the
 * projects, judge, decide, commit, answer. `mayRedirect`: TRK-14.
 */
export async function ingestTrack(
  request: DecodedRequest,
  origin: RequestOrigin,
  mayRedirect: boolean,
  deps: IngestDeps,
): Promise<Ingested> {
  const { params, payload } = request
  const findings = [...origin.findings, ...requestFindings(request)]
  const reply = (error: string | null): ReplyPlan => replyToTrack(params, { error }, mayRedirect)
  const refuse = (plan: ReplyPlan, why: Finding, project?: Project) => {
    const unread = { endpoint: '/track', project, findings: [...findings, why], sender: origin.ip }
    return answerUnread(deps, unread, plan)
  }
  if (!payload.ok) {
    const { error } = payload
    return await refuse(replyToOversize(error.code) ?? reply(NO_DATA), undecodableFinding(error))
  }
  const { records } = payload.value
  const isLong = payload.value.length > SMALL_BYTES
  const validated = validateTrackRecords(records)
  const usesIp = isOn(params.get('ip'))
  const { projects, heldBack } = await deps.projects.findAll(tokensOf(validated))
  const load = { records: records.length, bytes: payload.value.length, urlBytes: origin.urlBytes }
  const beyond = refuseBeyondLimits(deps, projects.values(), load)
  if (beyond !== undefined) return await refuse(beyond.plan, beyond.why, [...projects.values()][0])
  const common = { usesIp, isLong, findings, origin, heldBack }
  const committed = await judgeAndCommit(deps, () => judgeAll(validated, common, deps))
  if ('refusal' in committed)
    return { reply: committed.refusal, records: [], findings: allFindings(findings, []) }
  const outcomes = committed.records.map((judged) => judged.outcome)
  const all = allFindings(findings, committed.records)
  return { reply: reply(errorOf(outcomes)), records: committed.records, findings: all }
}

/** The first record's error where none was good, else null (TRK-19). */
function errorOf(outcomes: readonly RecordOutcome<string>[]): string | null {
  const first = outcomes.find((outcome) => outcome.kind === 'rejected')
  const isAnyAccepted = outcomes.some((outcome) => outcome.kind !== 'rejected')
  return isAnyAccepted || first?.kind !== 'rejected' ? null : first.refusal
}

/** What all records of a request have in common. */
interface Common {
  readonly usesIp: boolean
  readonly isLong: boolean
  readonly findings: readonly Finding[]
  readonly origin: RequestOrigin
  /** Of these tokens the request makes no project. */
  readonly heldBack: HeldBack
}

async function judgeAll(
  validated: readonly Validated[],
  { usesIp, isLong, findings, origin, heldBack: before }: Common,
  deps: IngestDeps,
): Promise<JudgedRequest<string>> {
  const { projects, heldBack } = await findProjects(validated, tokenOf, deps.projects, before)
  const receivedAtMs = deps.clock()
  const contexts = new Map<string, JudgeContext>()
  for (const [token, project] of projects) {
    const fallbackDistinctId = () => (usesIp ? distinctIdOfAddress(project, origin.ip) : '')
    const geo = geoOf(project, origin.ip, usesIp, deps)
    const { host } = origin
    const nowMs = nowOf(project, receivedAtMs)
    contexts.set(token, { project, nowMs, host, geo, fallbackDistinctId, newInsertId: deps.newId })
  }
  const keeper = new RecordKeeper()
  const isBulk = validated.length > MAX_OBSERVED
  const judged = await deps.slices.map(validated, isLong, (own) => {
    const one = judgeOne(own, contexts, heldBack)
    return withKept(isBulk ? one : observe(one, own, deps), keeper)
  })
  const [first] = judged
  const isOneProject = judged.every(({ project }) => project === first?.project)
  return {
    endpoint: '/track',
    receivedAtMs,
    records: withBatchFindings(judged),
    findings,
    outcomeKind: 'stored',
    project: isOneProject ? first?.project : undefined,
    sender: origin.ip,
  }
}

/** Validates the records of a request, one by one. */
export function validateTrackRecords(records: readonly Json[]): readonly Validated[] {
  return records.map((record) => ({ record, valid: validateTrackRecord(record) }))
}

/** Judges the records of a request, each in the context that its token has; no context is no project. */
export function* judgeTrackRecords(
  validated: readonly Validated[],
  contexts: ReadonlyMap<string, JudgeContext>,
  heldBack: HeldBack = new Map(),
): Steps<readonly JudgedRecord<string>[]> {
  return withBatchFindings(yield* mapInSteps(validated, (record) => judgeOne(record, contexts, heldBack)))
}

function judgeOne(
  { record, valid }: Validated,
  contexts: ReadonlyMap<string, JudgeContext>,
  heldBack: HeldBack,
) {
  if (!valid.ok) {
    const project = contexts.get(tokenOf(record) ?? '')?.project
    return { record, project, outcome: refuseRecord(valid.error) }
  }
  const { token } = valid.value
  const context = contexts.get(token)
  if (context !== undefined) {
    return { record, project: context.project, outcome: judgeTrackRecord(valid.value, context) }
  }
  const outcome: RecordOutcome<string> = { kind: 'dropped', findings: [unknownTokenFinding(token, heldBack)] }
  return { record, project: undefined, outcome }
}

/** The token of a record of any form. */
function tokenOf(record: Json): string | undefined {
  const properties = isJsonObject(record) ? record['properties'] : undefined
  const token = isJsonObject(properties) ? properties['token'] : undefined
  return typeof token === 'string' ? token : undefined
}

function refuseRecord(reason: string): RecordOutcome<string> {
  const isMerge = reason === MERGE_NOT_ON_TRACK
  const why = isMerge ? finding('identity.merge_not_on_track') : finding('record.invalid', { reason })
  return { kind: 'rejected', refusal: reason, findings: [why] }
}

/** Adds what is odd about a stored event's names, seen beside those before it. */
function observe(
  judged: JudgedRecord<string>,
  validated: Validated | undefined,
  { names }: IngestDeps,
): JudgedRecord<string> {
  const { outcome, project } = judged
  if (outcome.kind !== 'stored' || project === undefined || validated?.valid.ok !== true) return judged
  const { event, properties } = validated.valid.value
  const odd = names.observe(project.id, event, properties, outcome.event.distinctId)
  return odd.length === 0
    ? judged
    : { ...judged, outcome: { ...outcome, findings: [...outcome.findings, ...odd] } }
}

function requestFindings(request: DecodedRequest): readonly Finding[] {
  const strict = isOn(request.params.get('strict')) ? [finding('track.strict_ignored')] : []
  return [...formFindings(request), ...strict]
}

/** In a batch answered `1` a refused record is a silence of its own kind (TRK-19). */
function withBatchFindings(records: readonly JudgedRecord<string>[]): readonly JudgedRecord<string>[] {
  if (records.every(({ outcome }) => outcome.kind === 'rejected')) return records
  return records.map((judged) => {
    const { outcome } = judged
    if (outcome.kind !== 'rejected') return judged
    const partial = finding('batch.partial', { reason: outcome.refusal })
    return { ...judged, outcome: { ...outcome, findings: [...outcome.findings, partial] } }
  })
}
