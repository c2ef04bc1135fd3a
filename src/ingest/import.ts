import { authenticate } from '../access/authenticate.ts'
import { nowOf } from '../core/clock.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import { isOn, type Params } from '../core/decode/params.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import type { Undecodable } from '../core/decode/unusable.ts'
import type { Json } from '../core/json.ts'
import { findIdentityEvent, judgeImportRecord, refuseWholeImport } from '../core/judge/import.ts'
import type { JudgeContext, RecordOutcome } from '../core/judge/outcome.ts'
import { noteUnusable } from '../core/judge/unusable.ts'
import { MAX_RECORDS, MAX_REQUEST_BYTES } from '../core/limits.ts'
import type { Project } from '../core/project.ts'
import { tooManyBytes, tooManyRecords, unauthorized } from '../core/respond/errors.ts'
import {
  refuseIdentityEvents,
  refuseStrictPayload,
  replyToLooseImport,
  replyToStrictImport,
} from '../core/respond/import.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import { NO_DATA } from '../core/respond/track.ts'
import type { ImportFailure } from '../core/validate/import.ts'
import { type Note, note } from '../core/verdict/note.ts'
import { answerUnread, judgeAndCommit, refuseBeyondLimits } from './commit.ts'
import {
  allNotes,
  distinctIdOfAddress,
  geoOf,
  type IngestDeps,
  type Ingested,
  type RequestOrigin,
} from './ingest.ts'
import type { JudgedRecord, JudgedRequest } from './judged.ts'

type Outcome = RecordOutcome<ImportFailure>

/** A request of /import and who sent it. */
export interface ImportRequest {
  readonly decoded: DecodedRequest
  readonly credentials: Credentials
  readonly origin: RequestOrigin
}

/**
 * Takes a request of /import from its decoded form to its answer (IMP-01 to IMP-34): who may, what is in
 * it, validate, judge, commit, answer.
 */
export async function ingestImport(request: ImportRequest, deps: IngestDeps): Promise<Ingested> {
  const { origin } = request
  const { params, payload } = request.decoded
  const access = await authenticate(
    {
      credentials: request.credentials,
      projectId: params.get('project_id'),
      hasApiKey: params.get('api_key') !== undefined,
      acceptsToken: true,
      needsAdmin: true,
    },
    { ...deps, findByToken: (token) => deps.projects.findExisting(token) },
  )
  if (!access.ok) {
    const notes = [...origin.notes, ...access.error.notes]
    return await answerUnread(deps, unread(undefined, notes, origin), unauthorized(access.error.text))
  }
  const isStrict = params.get('strict') === '1'
  const { project } = access.value
  const notes = [...origin.notes, ...access.value.notes]
  if (params.get('strict') === undefined) notes.push(note('import.strict_off'))
  const refuse = (plan: ReplyPlan, why: Note) =>
    answerUnread(deps, unread(project, [...notes, why], origin), plan)
  // Before the payload is looked at (IMP-34): what fails counts too (RTL-08).
  const { records: sent, length: bytes } = payload.ok ? payload.value : { records: [NO_RECORD], length: 0 }
  const load = { records: sent.length, bytes, urlBytes: origin.urlBytes }
  const beyond = refuseBeyondLimits(deps, [project], load)
  if (beyond !== undefined) return await refuse(beyond.plan, beyond.why)
  if (!payload.ok) {
    return await refuse(refuseUndecodable(payload.error.code, isStrict, params), noteUnusable(payload.error))
  }
  const { records } = payload.value
  if (records.length > MAX_RECORDS) {
    const what = `${records.length} records`
    const why = note('limit.request_too_large', { what, limit: MAX_RECORDS })
    return await refuse(tooManyRecords(MAX_RECORDS), why)
  }
  const verb = isStrict ? findRefusedVerb(records, project) : undefined
  if (verb !== undefined) return await refuseWhole(verb, records, { project, notes, origin }, deps)
  const usesRequestIp = isOn(params.get('ip'))
  const committed = await judgeAndCommit(deps, () =>
    judgeAll(records, isStrict, { notes, project, origin, usesRequestIp }, deps),
  )
  if ('refusal' in committed) return { reply: committed.refusal, records: [], notes: allNotes(notes, []) }
  const outcomes = committed.records.map((judged) => judged.outcome)
  const told = [...notes, ...partialNotes(outcomes, isStrict)]
  const reply = replyTo(outcomes, isStrict, params)
  return { reply, records: committed.records, notes: allNotes(told, committed.records) }
}

/** What cannot be read counts for one (RTL-08). */
const NO_RECORD: Json = null

/** IDS-22: nothing of the batch is taken, and every record is told why. */
async function refuseWhole(
  verb: string,
  records: readonly Json[],
  { project, notes, origin }: Pick<Common, 'project' | 'notes' | 'origin'>,
  deps: IngestDeps,
): Promise<Ingested> {
  const outcome = refuseWholeImport(verb)
  const judged = records.map((record) => ({ record, project, outcome }))
  const told = { receivedAtMs: deps.clock(), records: judged, fate: 'rejected' } as const
  await judgeAndCommit(deps, async () => ({ ...unread(project, notes, origin), ...told }))
  return { reply: refuseIdentityEvents(), records: judged, notes: allNotes(notes, judged) }
}

/** What all records of a request have in common. */
interface Common {
  readonly notes: readonly Note[]
  /** As it was when the request was authenticated. */
  readonly project: Project
  readonly origin: RequestOrigin
  readonly usesRequestIp: boolean
}

async function judgeAll(
  records: readonly Json[],
  isStrict: boolean,
  common: Common,
  deps: IngestDeps,
): Promise<JudgedRequest<ImportFailure>> {
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
  const judged = judgeImportRecords(records, isStrict, context)
  const outcomes = judged.map(({ outcome }) => outcome)
  const notes = [...common.notes, ...partialNotes(outcomes, isStrict)]
  return { ...unread(project, notes, common.origin), receivedAtMs, fate: 'stored', records: judged }
}

/** IMP-11: what a strict answer of 400 hides. */
function partialNotes(outcomes: readonly Outcome[], isStrict: boolean): readonly Note[] {
  const n = outcomes.filter(({ kind }) => kind === 'stored').length
  const isRefused = isStrict && n > 0 && outcomes.some(({ kind }) => kind === 'rejected')
  return isRefused ? [note('import.400_is_partial', { n })] : []
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
): readonly JudgedRecord<ImportFailure>[] {
  const { project } = context
  return records.map((record) => {
    return { record, project, outcome: judgeImportRecord(record, isStrict, context) }
  })
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

function refuseUndecodable(cause: Undecodable, isStrict: boolean, params: Params): ReplyPlan {
  if (cause === 'too_large') return tooManyBytes(MAX_REQUEST_BYTES)
  if (!isStrict) return replyToLooseImport(params, 0, 0)
  return refuseStrictPayload(cause === 'bad_json' ? 'request body is not valid JSON' : NO_DATA)
}

function unread(project: Project | undefined, notes: readonly Note[], { ip }: RequestOrigin) {
  return { endpoint: '/import', project, notes, sender: ip }
}
