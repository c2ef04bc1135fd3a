import { nowOf } from '../core/clock.ts'
import { isOn } from '../core/decode/params.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import type { JudgeContext } from '../core/judge/outcome.ts'
import { judgeProfileRecord } from '../core/judge/profile.ts'
import { undecodableFinding } from '../core/judge/undecodable.ts'
import { inKilobytes, SMALL_BYTES } from '../core/limits.ts'
import type { Project } from '../core/project.ts'
import { replyToOversize, tooBusy, tooManyBytes } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import { replyToProfiles } from '../core/respond/profile.ts'
import type { Result } from '../core/result.ts'
import {
  type ProfileError,
  type ProfileRecord,
  validateEngageRecord,
  validateGroupRecord,
} from '../core/validate/profile.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import { RecordKeeper } from '../core/verdict/request-verdicts.ts'
import { answerUnread, type BeyondLimits, refuseBeyondLimits, untilItHolds } from './commit.ts'
import { findProjects, tokensOf, unknownTokenFinding } from './find-projects.ts'
import { formFindings } from './form-findings.ts'
import { geoOf, type IngestDeps, type Ingested, type RecordFinding, type RequestOrigin } from './ingest.ts'
import { withKept } from './judged.ts'
import {
  type JudgedProfiles,
  type JudgedUpdate,
  outcomeKindOf,
  projectsOfProfiles,
  withProfileFindings,
} from './judged-profiles.ts'
import type { HeldBack } from './project-directory.ts'
import { MAX_REWRITE_BYTES, type RewriteRefusal } from './rewrite-budget.ts'

/** A request of /engage or /groups. */
export interface ProfilesRequest {
  readonly endpoint: '/engage' | '/groups'
  readonly decoded: DecodedRequest
  readonly origin: RequestOrigin
  /** TRK-14. */
  readonly mayRedirect: boolean
}

/** A record as it came, and what validation made of it. */
interface Validated {
  readonly record: Json
  readonly valid: Result<ProfileRecord, ProfileError>
}

/**
 * Takes a request of /engage or /groups from its decoded form to its answer (ENG-01 to ENG-08, GRP-01 to GRP-06):
 * validate, find the projects, judge, apply and commit, answer.
 */
export async function ingestProfiles(request: ProfilesRequest, deps: IngestDeps): Promise<Ingested> {
  const { endpoint, decoded, origin, mayRedirect } = request
  const { params, payload } = decoded
  const findings = [...origin.findings, ...formFindings(decoded)]
  const refuse = (plan: ReplyPlan, why: Finding, project?: Project) => {
    return answerUnread(deps, { endpoint, project, findings: [...findings, why], sender: origin.ip }, plan)
  }
  if (!payload.ok) {
    const { error } = payload
    const nothing = replyToProfiles(params, 0, [], mayRedirect)
    return await refuse(replyToOversize(error.code) ?? nothing, undecodableFinding(error))
  }
  const { records } = payload.value
  const validate = endpoint === '/engage' ? validateEngageRecord : validateGroupRecord
  const isLong = payload.value.length > SMALL_BYTES
  const validated = await deps.slices.map(records, isLong, (record) => ({ record, valid: validate(record) }))
  const { projects, heldBack } = await deps.projects.findAll(tokensOf(validated))
  const load = { records: records.length, bytes: payload.value.length, urlBytes: origin.urlBytes }
  const beyond = refuseBeyondLimits(deps, projects.values(), load)
  if (beyond !== undefined) return await refuse(beyond.plan, beyond.why, [...projects.values()][0])
  // The address counts unless it is said not to (ENG-25).
  const usesIp = params.get('ip') !== '0'
  const committed = await judgeAndApply(deps, () =>
    judgeAll({ endpoint, validated, findings, sentBytes: load.bytes, heldBack }, { ...origin, usesIp }, deps),
  )
  if ('refusal' in committed)
    return { reply: committed.refusal, records: [], findings: toRecordFindings(findings, []) }
  if ('rewrites' in committed.records) {
    const { plan, why } = refuseRewrites(committed.records.rewrites)
    return await refuse(plan, why, [...projects.values()][0])
  }
  const failed = committed.records.flatMap(({ outcome }, index) => {
    return outcome.kind === 'rejected' ? [{ index, ...outcome.refusal }] : []
  })
  const good = committed.records.length - failed.length
  return {
    reply: replyToProfiles(params, good, failed, mayRedirect && !isOn(params.get('strict'))),
    records: committed.records,
    findings: toRecordFindings(findings, committed.records),
  }
}

/** The answer where a request would rewrite more than it may, and what to tell of it. */
function refuseRewrites(refusal: RewriteRefusal): BeyondLimits {
  const limit = inKilobytes(MAX_REWRITE_BYTES)
  if (refusal.kind === 'busy')
    return { plan: tooBusy(refusal.waitS), why: finding('limit.profile_rewrites', { limit }) }
  const what = `Updating ${Math.ceil(refusal.bytes / 1_024)} KB of large profiles`
  return { plan: tooManyBytes(MAX_REWRITE_BYTES), why: finding('limit.request_too_large', { what, limit }) }
}

/** A request whose records were validated. */
interface ValidatedRequest {
  readonly endpoint: string
  readonly validated: readonly Validated[]
  readonly findings: readonly Finding[]
  /** As JudgedProfiles has it. */
  readonly sentBytes: number
  /** Of these tokens the request makes no project. */
  readonly heldBack: HeldBack
}

async function judgeAll(
  { endpoint, validated, findings, sentBytes, heldBack: before }: ValidatedRequest,
  origin: RequestOrigin & { readonly usesIp: boolean },
  deps: IngestDeps,
): Promise<JudgedProfiles> {
  const { projects, heldBack } = await findProjects(validated, tokenOf, deps.projects, before)
  const receivedAtMs = deps.clock()
  const contextOf = (project: Project): JudgeContext => ({
    project,
    nowMs: nowOf(project, receivedAtMs),
    host: origin.host,
    geo: geoOf(project, origin.ip, origin.usesIp, deps),
    fallbackDistinctId: () => '',
    newInsertId: deps.newId,
  })
  const judgeOne = ({ record, valid }: Validated): JudgedUpdate => {
    if (!valid.ok) {
      const own = projects.get(tokenOf(record) ?? '')
      return { record, project: own, outcome: refuseRecord(valid.error) }
    }
    const { token } = valid.value
    const project = projects.get(token)
    if (project !== undefined) {
      return { record, project, outcome: judgeProfileRecord(valid.value, contextOf(project)) }
    }
    return { record, project, outcome: { kind: 'dropped', findings: [unknownTokenFinding(token, heldBack)] } }
  }
  const keeper = new RecordKeeper()
  const judged = await deps.slices.map(validated, sentBytes > SMALL_BYTES, (own) => {
    return withKept(judgeOne(own), keeper)
  })
  const [first] = judged
  const isOneProject = judged.every(({ project }) => project === first?.project)
  return {
    endpoint,
    receivedAtMs,
    records: withBatchFindings(judged),
    sentBytes,
    findings,
    project: isOneProject ? first?.project : undefined,
    sender: origin.ip,
  }
}

/** The token of a record of any form. */
function tokenOf(record: Json): string | undefined {
  const token = isJsonObject(record) ? record['$token'] : undefined
  return typeof token === 'string' ? token : undefined
}

function refuseRecord(refusal: ProfileError): JudgedUpdate['outcome'] {
  const why = finding('record.invalid', { reason: refusal.error })
  return { kind: 'rejected', refusal, findings: [...refusal.findings, why] }
}

/** In a batch answered `1` a refused record is a silence of its own kind (ENG-04). */
function withBatchFindings(records: readonly JudgedUpdate[]): readonly JudgedUpdate[] {
  if (records.every(({ outcome }) => outcome.kind === 'rejected')) return records
  return records.map((judged) => {
    const { outcome } = judged
    if (outcome.kind !== 'rejected') return judged
    const partial = finding('batch.partial', { reason: outcome.refusal.error })
    return { ...judged, outcome: { ...outcome, findings: [...outcome.findings, partial] } }
  })
}

/** What was committed, or why the profiles may not be rewritten. */
type Applied = readonly JudgedUpdate[] | { readonly rewrites: RewriteRefusal }

/** Judges and commits until the commit holds, as judgeAndCommit does for events. */
async function judgeAndApply(
  deps: IngestDeps,
  judge: () => Promise<JudgedProfiles>,
): Promise<{ readonly records: Applied } | { readonly refusal: ReplyPlan }> {
  return await untilItHolds<Applied>(deps, async () => {
    const request = await judge()
    const projects = projectsOfProfiles(request)
    const outcome = await deps.commits.profiles.submit(request)
    if (outcome.kind !== 'committed') return { projects, outcome }
    const { result } = outcome
    const records =
      result.kind === 'applied' ? withProfileFindings(request, result.findings) : { rewrites: result }
    return { projects, outcome: { records } }
  })
}

function toRecordFindings(
  findings: readonly Finding[],
  records: readonly JudgedUpdate[],
): readonly RecordFinding[] {
  const own: RecordFinding[] = findings.map((told) => ({
    index: undefined,
    finding: told,
    outcomeKind: 'stored',
  }))
  for (const [index, { outcome }] of records.entries()) {
    for (const told of outcome.findings)
      own.push({ index, finding: told, outcomeKind: outcomeKindOf(outcome) })
  }
  return own
}
