import { type Access, authenticate } from '../access/authenticate.ts'
import { nowOf } from '../core/clock.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import type { DecodeErrorCode } from '../core/decode/decode-error.ts'
import { isOn, type Params } from '../core/decode/params.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import { mapInSteps, type Steps } from '../core/decode/steps.ts'
import type { Json } from '../core/json.ts'
import { findIdentityEvent, judgeImportRecord, refuseWholeImport } from '../core/judge/import.ts'
import type { JudgeContext, RecordOutcome } from '../core/judge/outcome.ts'
import { undecodableFinding } from '../core/judge/undecodable.ts'
import { SMALL_BYTES } from '../core/limits.ts'
import type { Project } from '../core/project.ts'
import { refuseAccess, replyToOversize } from '../core/respond/errors.ts'
import {
  refuseIdentityEvents,
  refuseStrictPayload,
  replyToLooseImport,
  replyToStrictImport,
} from '../core/respond/import.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import { NO_DATA } from '../core/respond/track.ts'
import { err, type Result } from '../core/result.ts'
import type { ImportError } from '../core/validate/import.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import { RecordKeeper } from '../core/verdict/request-verdicts.ts'
import { answerUnread, judgeAndCommit, refuseBeyondLimits } from './commit.ts'
import {
  allFindings,
  distinctIdOfAddress,
  geoOf,
  type IngestDeps,
  type Ingested,
  type RequestOrigin,
} from './ingest.ts'
import { type JudgedRecord, type JudgedRequest, withKept } from './judged.ts'

type Outcome = RecordOutcome<ImportError>

/** A request of /import whose sender was let in. */
export interface ImportRequest {
  readonly decoded: DecodedRequest
  readonly access: Access
  readonly origin: RequestOrigin
}

/** Who asks to import, from what stands before a request's body. */
export interface ImportClaim {
  readonly credentials: Credentials
  /** Of the client, as far as proxies are trusted. */
  readonly address: string
  /** Of the URL; an `api_key` may be in a form too. */
  readonly params: Params
  readonly hasApiKey: boolean
  /** Findings on the way in which the request came. */
  readonly findings: readonly Finding[]
}

/** Lets a request of /import in, before its body is read (IMP-03 to IMP-08). Error: the answer. */
export async function admitImport(claim: ImportClaim, deps: IngestDeps): Promise<Result<Access, Ingested>> {
  const access = await authenticate(
    {
      credentials: claim.credentials,
      address: claim.address,
      projectId: claim.params.get('project_id'),
      hasApiKey: claim.hasApiKey,
      acceptsToken: true,
      needsAdmin: true,
    },
    { ...deps, findByToken: (token) => deps.projects.findExisting(token) },
  )
  if (access.ok) return access
  const findings = [...claim.findings, ...access.error.findings]
  const refused = unread(undefined, findings, { ip: claim.address })
  return err(await answerUnread(deps, refused, refuseAccess(access.error)))
}

/**
 * Takes a request of /import from its decoded form to its answer (IMP-01 to IMP-34): what is in it, validate, judge,
 * commit, answer.
 */
export async function ingestImport(request: ImportRequest, deps: IngestDeps): Promise<Ingested> {
  const { origin } = request
  const { params, payload } = request.decoded
  const isStrict = params.get('strict') === '1'
  const { project } = request.access
  const findings = [...origin.findings, ...request.access.findings]
  if (params.get('strict') === undefined) findings.push(finding('import.strict_off'))
  const refuse = (plan: ReplyPlan, why: Finding) =>
    answerUnread(deps, unread(project, [...findings, why], origin), plan)
  // Before the payload is looked at (IMP-34): what fails counts too (RTL-08).
  const { records: sent, length: bytes } = payload.ok ? payload.value : { records: [NO_RECORD], length: 0 }
  const load = { records: sent.length, bytes, urlBytes: origin.urlBytes }
  const beyond = refuseBeyondLimits(deps, [project], load)
  if (beyond !== undefined) return await refuse(beyond.plan, beyond.why)
  if (!payload.ok) {
    return await refuse(
      refuseUndecodable(payload.error.code, isStrict, params),
      undecodableFinding(payload.error),
    )
  }
  const { records } = payload.value
  const verb = isStrict ? findRefusedVerb(records, project) : undefined
  if (verb !== undefined) return await refuseWhole(verb, records, { project, findings, origin }, deps)
  const isLong = payload.value.length > SMALL_BYTES
  const usesRequestIp = isOn(params.get('ip'))
  const committed = await judgeAndCommit(deps, () =>
    judgeAll(records, isStrict, { findings, project, origin, usesRequestIp, isLong }, deps),
  )
  if ('refusal' in committed)
    return { reply: committed.refusal, records: [], findings: allFindings(findings, []) }
  const outcomes = committed.records.map((judged) => judged.outcome)
  const told = [...findings, ...partialFindings(outcomes, isStrict)]
  const reply = replyTo(outcomes, isStrict, params)
  return { reply, records: committed.records, findings: allFindings(told, committed.records) }
}

/** What cannot be read counts for one (RTL-08). */
const NO_RECORD: Json = null

/** IDS-22: nothing of the batch is taken, and every record is told why. */
async function refuseWhole(
  verb: string,
  records: readonly Json[],
  { project, findings, origin }: Pick<Common, 'project' | 'findings' | 'origin'>,
  deps: IngestDeps,
): Promise<Ingested> {
  const outcome = refuseWholeImport(verb)
  const judged = records.map((record) => ({ record, project, outcome }))
  const told = { receivedAtMs: deps.clock(), records: judged, outcomeKind: 'rejected' } as const
  await judgeAndCommit(deps, async () => ({ ...unread(project, findings, origin), ...told }))
  return { reply: refuseIdentityEvents(), records: judged, findings: allFindings(findings, judged) }
}

/** What all records of a request have in common. */
interface Common {
  readonly findings: readonly Finding[]
  /** As it was when the request was authenticated. */
  readonly project: Project
  readonly origin: RequestOrigin
  readonly usesRequestIp: boolean
  readonly isLong: boolean
}

async function judgeAll(
  records: readonly Json[],
  isStrict: boolean,
  common: Common,
  deps: IngestDeps,
): Promise<JudgedRequest<ImportError>> {
  // Asked anew: on a second judgement this is the project as it is now. Gone, it keeps its last form, which
  // no commit accepts.
  const project = (await deps.projects.findExisting(common.project.token)) ?? common.project
  const { ip, host } = common.origin
  const isSimplified = project.idManagement === 'simplified'
  const receivedAtMs = deps.clock()
  const context = {
    project,
    nowMs: nowOf(project, receivedAtMs),
    host,
    geo: geoOf(project, ip, common.usesRequestIp, deps),
    fallbackDistinctId: () => (isSimplified ? '' : distinctIdOfAddress(project, ip)),
    newInsertId: deps.newId,
  }
  const keeper = new RecordKeeper()
  const judged = await deps.slices.map(records, common.isLong, (record) => {
    return withKept(judgeOne(record, isStrict, context), keeper)
  })
  const outcomes = judged.map(({ outcome }) => outcome)
  const findings = [...common.findings, ...partialFindings(outcomes, isStrict)]
  return { ...unread(project, findings, common.origin), receivedAtMs, outcomeKind: 'stored', records: judged }
}

/** IMP-11: what a strict answer of 400 hides. */
function partialFindings(outcomes: readonly Outcome[], isStrict: boolean): readonly Finding[] {
  const n = outcomes.filter(({ kind }) => kind === 'stored').length
  const isRefused = isStrict && n > 0 && outcomes.some(({ kind }) => kind === 'rejected')
  return isRefused ? [finding('import.400_is_partial', { n })] : []
}

/** The identity event for which a strict import is refused whole (IDS-22), or undefined. */
export function findRefusedVerb(records: readonly Json[], project: Project): string | undefined {
  if (project.idManagement !== 'simplified') return undefined
  return records.map(findIdentityEvent).find((verb) => verb !== undefined)
}

/** Judges the records of a request. */
export function judgeImportRecords(
  records: readonly Json[],
  isStrict: boolean,
  context: JudgeContext,
): Steps<JudgedRecord<ImportError>[]> {
  return mapInSteps(records, (record) => judgeOne(record, isStrict, context))
}

function judgeOne(record: Json, isStrict: boolean, context: JudgeContext): JudgedRecord<ImportError> {
  return { record, project: context.project, outcome: judgeImportRecord(record, isStrict, context) }
}

function replyTo(outcomes: readonly Outcome[], isStrict: boolean, params: Params): ReplyPlan {
  const imported = outcomes.filter((outcome) => outcome.kind === 'stored').length
  const importable = outcomes.filter((o) => o.kind === 'stored' || o.kind === 'dropped').length
  if (!isStrict) return replyToLooseImport(params, imported, importable)
  const failed = outcomes.flatMap((outcome, index) => {
    return outcome.kind === 'rejected' ? [{ index, ...outcome.refusal }] : []
  })
  return replyToStrictImport(imported, failed)
}

function refuseUndecodable(cause: DecodeErrorCode, isStrict: boolean, params: Params): ReplyPlan {
  const oversize = replyToOversize(cause)
  if (oversize !== undefined) return oversize
  if (!isStrict) return replyToLooseImport(params, 0, 0)
  return refuseStrictPayload(cause === 'bad_json' ? 'request body is not valid JSON' : NO_DATA)
}

function unread(
  project: Project | undefined,
  findings: readonly Finding[],
  { ip }: Pick<RequestOrigin, 'ip'>,
) {
  return { endpoint: '/import', project, findings, sender: ip }
}
