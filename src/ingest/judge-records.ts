import { createHash } from 'node:crypto'
import { nowOf } from '../core/clock.ts'
import type { RoundedNumber } from '../core/decode/exact-numbers.ts'
import type { PartlyParsed } from '../core/decode/parse-records.ts'
import type { UnreadProperties } from '../core/decode/partial-records.ts'
import type { GeoContext } from '../core/geo/sources.ts'
import type { JudgeContext, RecordOutcome } from '../core/judge/outcome.ts'
import { SMALL_BYTES } from '../core/limits.ts'
import type { Project } from '../core/project.ts'
import type { Carrier } from '../core/refusals/endpoint.ts'
import type { Soon } from '../core/soon.ts'
import type { TokenHint } from '../core/token-hints.ts'
import { type Finding, finding } from '../core/verdict/finding.ts'
import { withoutToken } from '../core/verdict/kept-record.ts'
import { RecordKeeper } from '../core/verdict/request-verdicts.ts'
import { render } from '../core/verdict/verdict.ts'
import type { CheckedRecord, Endpoint, HasToken } from './endpoint.ts'
import { type RecordProjects, unknownTokenFinding } from './find-projects.ts'
import {
  type AnyOutcome,
  addFindings,
  type JudgedRecord,
  type JudgedRequest,
  outcomeKindOf,
} from './judged-request.ts'
import type { UnknownTokens } from './project-directory.ts'
import type { IngestDeps, IngestRequest } from './request.ts'

/** SDKs send up to 50 records at a time; larger requests are bulk loads, which are not observed. */
const MAX_OBSERVED = 50

/** A request with validated records. */
interface CheckedRequest<Valid, Refusal> {
  readonly request: IngestRequest
  readonly checked: readonly CheckedRecord<Valid, Refusal>[]
  readonly findings: readonly Finding[]
  readonly sentBytes: number
  readonly found: RecordProjects
}

/** Judges the records of a request, each on its own, in its project. */
export function judgeRecords<Valid extends HasToken, Refusal, Taken extends AnyOutcome>(
  endpoint: Endpoint<Valid, Refusal, Taken>,
  { request, checked, findings, sentBytes, found }: CheckedRequest<Valid, Refusal>,
  deps: IngestDeps,
): Soon<JudgedRequest<RecordOutcome<Refusal, Taken>>> {
  const receivedAtMs = deps.clock()
  const contexts = new Map<string, JudgeContext>()
  for (const [token, project] of found.all) {
    contexts.set(token, contextOf(endpoint, project, nowOf(project, receivedAtMs), request, deps))
  }
  const carrier = { params: request.decoded.params, hasCredentials: request.origin.hasCredentials }
  const rounded = roundedIn(request)
  const hints = new Map(found.hints)
  const keeper = new RecordKeeper()
  const isObserved = checked.length <= MAX_OBSERVED
  const partly = request.decoded.payload.ok ? request.decoded.payload.value.partly : undefined
  const judging = deps.slices.map(checked, sentBytes > SMALL_BYTES, (one, index) => {
    const unread = partly?.unread[index]
    const alone =
      judgePart(endpoint, one, contexts, unread) ??
      judgeRecord(endpoint, inFull(one, index, partly), contexts, { unknown: found, carrier })
    const odd = isObserved ? (endpoint.observe?.(one, alone, deps) ?? []) : []
    const all = rounded === undefined ? odd : [...odd, ...roundedFindings(alone, rounded.get(index))]
    const hinted = hints.size === 0 ? all : [...suspectTokenFindings(alone, hints), ...all]
    return withKept(addFindings(alone, hinted), keeper)
  })
  const toRequest = (judged: readonly JudgedRecord<RecordOutcome<Refusal, Taken>>[]) => {
    const [first] = judged
    const isOneProject = judged.every(({ project }) => project === first?.project)
    return {
      endpoint: endpoint.path,
      receivedAtMs,
      records: withSilentRefusals(endpoint, judged),
      wholeRecord: partly?.parse,
      sentBytes,
      findings: [...findings, ...(endpoint.findingsOnOutcomes?.(judged.map(({ outcome }) => outcome)) ?? [])],
      outcomeKind: 'stored',
      project: isOneProject ? first?.project : undefined,
      sender: request.origin.ip,
    } as const
  }
  return judging instanceof Promise ? judging.then(toRequest) : toRequest(judging)
}

/** The numbers of a request that were rounded, by the index of the record; undefined for none. */
function roundedIn({ decoded: { payload } }: IngestRequest) {
  return payload.ok && payload.value.rounded.size > 0 ? payload.value.rounded : undefined
}

/** The finding on a project that was created for a suspect token, given to the first record that has it (DEC-05). */
function suspectTokenFindings(
  { project }: JudgedRecord<AnyOutcome>,
  hints: Map<string, TokenHint>,
): readonly Finding[] {
  const token = project?.token ?? ''
  const hint = hints.get(token)
  if (hint === undefined) return []
  hints.delete(token)
  return [finding('token.suspect', { token, what: hint.what })]
}

/** PRP-19: findings on numbers that are stored with other digits. */
function roundedFindings(
  { outcome }: JudgedRecord<AnyOutcome>,
  rounded: readonly RoundedNumber[] = [],
): readonly Finding[] {
  if (outcomeKindOf(outcome) !== 'stored') return []
  return rounded.map(({ path, sent, stored }) =>
    finding('value.number_rounded', { property: path, sent, stored }),
  )
}

function inFull<Valid, Refusal>(
  checked: CheckedRecord<Valid, Refusal>,
  index: number,
  partly: PartlyParsed | undefined,
): CheckedRecord<Valid, Refusal> {
  return partly?.unread[index] === undefined ? checked : { ...checked, record: partly.parse(index) }
}

/**
 * Judges a record of which only some properties are parsed; undefined if it was parsed in full, or must be, since what is
 * to be said about it may depend on the others.
 */
function judgePart<Valid extends HasToken, Refusal, Taken extends AnyOutcome>(
  { judgePart }: Pick<Endpoint<Valid, Refusal, Taken>, 'judgePart'>,
  { record, valid, token = '' }: CheckedRecord<Valid, Refusal>,
  contexts: ReadonlyMap<string, JudgeContext>,
  unread: UnreadProperties | undefined,
): JudgedRecord<RecordOutcome<Refusal, Taken>> | undefined {
  const context = contexts.get(token)
  if (judgePart === undefined || unread === undefined || context === undefined || !valid.ok) return undefined
  const outcome = judgePart(valid.value, context, record, unread)
  return outcome && { record, project: context.project, outcome }
}

/** Judges a record in the context of its token; a token without a context has no project. */
export function judgeRecord<Valid extends HasToken, Refusal, Taken>(
  endpoint: Pick<Endpoint<Valid, Refusal, Taken & AnyOutcome>, 'judge' | 'findingsOnRefusal'>,
  { record, valid, token = '' }: CheckedRecord<Valid, Refusal>,
  contexts: ReadonlyMap<string, JudgeContext>,
  { unknown, carrier }: { readonly unknown: UnknownTokens; readonly carrier: Carrier },
): JudgedRecord<RecordOutcome<Refusal, Taken>> {
  const context = contexts.get(token)
  const isSecret = context === undefined && unknown.secrets.has(token)
  const shown = isSecret ? withoutToken(record) : record
  if (!valid.ok) {
    const secret = isSecret ? [unknownTokenFinding(token, unknown)] : []
    const findings = [...secret, ...endpoint.findingsOnRefusal(valid.error, shown, carrier)]
    const outcome = { kind: 'rejected', refusal: valid.error, findings } as const
    return { record: shown, project: context?.project, outcome }
  }
  if (context !== undefined) {
    return { record, project: context.project, outcome: endpoint.judge(valid.value, context, record) }
  }
  const findings = [unknownTokenFinding(token, unknown)]
  return { record: shown, project: undefined, outcome: { kind: 'dropped', findings } }
}

function contextOf(
  endpoint: Pick<Endpoint<HasToken, unknown, never>, 'locatesByAddress' | 'identifiesByAddress'>,
  project: Project,
  nowMs: number,
  { origin: { ip, host }, decoded: { params } }: IngestRequest,
  deps: IngestDeps,
): JudgeContext {
  return {
    project,
    nowMs,
    host,
    geo: geoOf(project, ip, endpoint.locatesByAddress(params), deps),
    fallbackDistinctId: () => (endpoint.identifiesByAddress(params) ? distinctIdOfAddress(project, ip) : ''),
    newInsertId: deps.newId,
  }
}

function geoOf(
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

/** A distinct_id made of the client's address, the same for an address and project (TRK-33, IMP-18). */
function distinctIdOfAddress(project: Project, ip: string): string {
  return createHash('sha1').update(`${project.publicId}:${ip}`).digest('hex')
}

/** Adds a finding to each refused record of a batch whose answer hides that any was refused (TRK-19, ENG-04). */
export function withSilentRefusals<Outcome extends AnyOutcome>(
  { silentReason }: { readonly silentReason?: ((outcome: Outcome) => string | undefined) | undefined },
  judged: readonly JudgedRecord<Outcome>[],
): readonly JudgedRecord<Outcome>[] {
  const rejected = judged.filter(({ outcome }) => outcome.kind === 'rejected').length
  if (silentReason === undefined || rejected === 0 || rejected === judged.length) return judged
  return judged.map((one) => {
    const reason = silentReason(one.outcome)
    const why = one.outcome.findings.at(-1)
    if (reason === undefined || why === undefined) return one
    return addFindings(one, [finding('batch.partial', { reason, advice: render(why, 'rejected').advice })])
  })
}

/** Adds what verdicts keep of the record, if it has findings. Takes time for a large record, hence in slices. */
function withKept<Outcome extends AnyOutcome>(
  judged: JudgedRecord<Outcome>,
  keeper: RecordKeeper,
): JudgedRecord<Outcome> {
  const { record, project, outcome } = judged
  const count = outcome.findings.length
  return count === 0 ? judged : { ...judged, kept: keeper.keep(record, count, project !== undefined) }
}
