import { mapInSteps, type Steps } from '../core/decode/steps.ts'
import { TABLE_LOCATOR } from '../core/geo/table.ts'
import { type Claimed, decideInOrder } from '../core/identity/decide.ts'
import type { Decision, IdManagement } from '../core/identity/model.ts'
import { IdentityState } from '../core/identity/state.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import type { JudgeContext, StoredOutcome } from '../core/judge/outcome.ts'
import type { Project } from '../core/project.ts'
import { NO_CARRIER } from '../core/refusals/endpoint.ts'
import { DEFAULT_SETTINGS } from '../core/settings.ts'
import { outcomeOfRecord, render } from '../core/verdict/verdict.ts'
import { applyDecisions, claimsByProject } from '../ingest/apply-decisions.ts'
import { toClaimed } from '../ingest/decide-unlocked.ts'
import { checkRecord, type Endpoint, type HasToken } from '../ingest/endpoint.ts'
import { importInto } from '../ingest/endpoints/import.ts'
import { TRACK } from '../ingest/endpoints/track.ts'
import { judgeRecord, withSilentRefusals } from '../ingest/judge-records.ts'
import type { JudgedRecord, JudgedRequest } from '../ingest/judged-request.ts'
import { NO_UNKNOWN } from '../ingest/project-directory.ts'
import type {
  ExplainBody,
  ExplainedRecord,
  ExplainedUser,
  Explanation,
  ModeExplanation,
} from './explain.shape.ts'
import { findDifferences } from './find-differences.ts'
import { MODE } from './routing/schemas.ts'

/** `clock` returns ms since the epoch. */
export interface ExplainDeps {
  readonly clock: () => number
  readonly newId: () => string
}

/** Judges and decides records in an empty project of each mode, by the code of ingestion, and writes nothing. */
export function* explain(body: ExplainBody, deps: ExplainDeps): Steps<Explanation> {
  const modes: Partial<Record<IdManagement, ModeExplanation>> = {}
  for (const mode of body.modes ?? MODE.enum) modes[mode] = yield* explainMode(body, mode, deps)
  return { modes, differences: findDifferences(modes) }
}

function* explainMode(body: ExplainBody, mode: IdManagement, deps: ExplainDeps): Steps<ModeExplanation> {
  const project = emptyProject(mode, tokenOf(body.records[0]))
  const request = yield* judge(body, project, deps)
  const state = new IdentityState()
  const decisions = decideAll(request, state)
  const decided = applyDecisions(request, decisions)
  const ownerOf = (distinctId: string) =>
    mode === 'legacy' || distinctId === '' ? distinctId : state.find(distinctId).cluster.canonical
  const records = decided.records.map((judged, index) => explainRecord(judged, index, ownerOf))
  return { users: usersOf(decided.records, state, ownerOf), records }
}

/** Records that came without a request, and tokens of which none is held back. */
const ALONE = { unknown: NO_UNKNOWN, carrier: NO_CARRIER }

/** The token of a record. The project gets it too, so that an import finds no mismatch. */
function tokenOf(record: Json | undefined): string {
  const properties = isJsonObject(record) ? record['properties'] : undefined
  const token = isJsonObject(properties) ? properties['token'] : undefined
  return typeof token === 'string' ? token : ''
}

function emptyProject(idManagement: IdManagement, token: string): Project {
  return {
    publicId: 0,
    id: 0,
    version: 0,
    token,
    name: '',
    idManagement,
    timezone: 'UTC',
    settings: DEFAULT_SETTINGS,
    createdAtMs: 0,
    clockOffsetMs: 0,
  }
}

function* judge(body: ExplainBody, project: Project, deps: ExplainDeps): Steps<JudgedRequest> {
  const isImport = body.endpoint === 'import'
  const context: JudgeContext = {
    project,
    nowMs: deps.clock(),
    host: '',
    geo: { locator: TABLE_LOCATOR, requestIp: 'the sender’s', usesRequestIp: false },
    fallbackDistinctId: () => (isImport ? '<hash of the address>' : ''),
    newInsertId: deps.newId,
  }
  return {
    endpoint: isImport ? '/import' : '/track',
    receivedAtMs: context.nowMs,
    records: isImport
      ? yield* judgeBy(importInto({ project, findings: [] }, true), body.records, context)
      : yield* judgeBy(TRACK, body.records, context),
    sentBytes: 0,
    findings: [],
    outcomeKind: 'stored',
    project,
    sender: '',
  }
}

/** Judges as the endpoint does. One identity event can make it refuse a strict import as a whole (IDS-22). */
function* judgeBy<Valid extends HasToken, Refusal>(
  endpoint: Endpoint<Valid, Refusal, StoredOutcome>,
  records: readonly Json[],
  context: JudgeContext,
): Steps<readonly JudgedRecord[]> {
  const { project } = context
  const refused = endpoint.refuseAll?.(records, project)
  if (refused !== undefined) return records.map((record) => ({ record, project, outcome: refused.outcome }))
  const checked = yield* mapInSteps(records, (record) => checkRecord(endpoint, record))
  // Every token stands for this project.
  const contexts = new Map(checked.flatMap(({ valid }) => (valid.ok ? [[valid.value.token, context]] : [])))
  const judged = yield* mapInSteps(checked, (one) => judgeRecord(endpoint, one, contexts, ALONE))
  return withSilentRefusals(endpoint, judged)
}

function decideAll(request: JudgedRequest, state: IdentityState): ReadonlyMap<number, Decision> {
  const decisions = new Map<number, Decision>()
  for (const [{ idManagement, settings }, placed] of claimsByProject(request)) {
    const claims: readonly Claimed[] = placed.map(toClaimed)
    const made = decideInOrder(idManagement, claims, state, settings)
    for (const [at, decision] of made.entries()) {
      const index = placed[at]?.index
      if (index !== undefined) decisions.set(index, decision)
    }
  }
  return decisions
}

function explainRecord(
  { record, outcome }: JudgedRecord,
  index: number,
  ownerOf: (distinctId: string) => string,
): ExplainedRecord {
  const event = isJsonObject(record) ? record['event'] : undefined
  return {
    record_index: index,
    event: typeof event === 'string' ? event : null,
    outcome: outcomeOfRecord(outcome.kind, outcome.findings),
    distinct_id: outcome.kind === 'stored' ? ownerOf(outcome.event.distinctId) : null,
    verdicts: outcome.findings.map((finding) => render(finding, outcome.kind)),
  }
}

/** The users with a record or a link, in order of first appearance. */
function usersOf(
  records: readonly JudgedRecord[],
  state: IdentityState,
  ownerOf: (distinctId: string) => string,
): readonly ExplainedUser[] {
  const users = new Map<string, { ids: Set<string>; indexes: number[] }>()
  const userOf = (canonical: string) => {
    const user = users.get(canonical) ?? { ids: new Set([canonical]), indexes: [] }
    users.set(canonical, user)
    return user
  }
  for (const [index, { outcome }] of records.entries()) {
    if (outcome.kind !== 'stored' || outcome.event.distinctId === '') continue
    const user = userOf(ownerOf(outcome.event.distinctId))
    user.ids.add(outcome.event.distinctId)
    user.indexes.push(index)
  }
  for (const { distinctId, cluster } of state.ids()) {
    if (cluster.canonical !== distinctId) userOf(cluster.canonical).ids.add(distinctId)
  }
  return [...users].map(([distinct_id, { ids, indexes }]) => {
    return { distinct_id, distinct_ids: [...ids], records: indexes }
  })
}
