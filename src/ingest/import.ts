import { authenticate } from '../access/authenticate.ts'
import type { Credentials } from '../core/decode/credentials.ts'
import type { Params } from '../core/decode/params.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import { isJsonObject, type Json } from '../core/json.ts'
import { IDENTITY_EVENTS, judgeImportRecord } from '../core/judge/import.ts'
import type { RecordOutcome } from '../core/judge/outcome.ts'
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
import {
  distinctIdOfAddress,
  type IngestDeps,
  type Ingested,
  type Judgement,
  judgeAndCommit,
  type RecordNote,
  type RequestOrigin,
} from './ingest.ts'

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
  if (!access.ok) return answer(unauthorized(access.error.text), access.error.notes)
  const isStrict = params.get('strict') === '1'
  const ownNotes = [
    ...access.value.notes,
    ...(params.get('strict') === undefined ? [note('import.strict_off')] : []),
  ]
  if (!payload.ok) return answerUndecodable(payload.error, isStrict, params)
  const { records } = payload.value
  if (records.length > MAX_RECORDS) {
    const limit = note('limit.request_too_large', { what: `${records.length} records`, limit: MAX_RECORDS })
    return answer(tooManyRecords(MAX_RECORDS), [limit])
  }
  const verb = isStrict && access.value.project.idManagement === 'simplified' && findIdentityEvent(records)
  if (verb) {
    return answer(refuseIdentityEvents(), [note('identity.verb_rejected_simplified', { event: verb })])
  }
  const judge = () => judgeAll(records, isStrict, access.value.project, request.origin, deps)
  const committed = await judgeAndCommit(deps, judge)
  if ('refusal' in committed) return answer(committed.refusal, ownNotes)
  const recordNotes = committed.result.flatMap((outcome, index) =>
    outcome.notes.map((own) => ({ index, note: own })),
  )
  return {
    reply: replyTo(committed.result, isStrict, params),
    notes: [...requestNotes(ownNotes), ...recordNotes],
  }
}

async function judgeAll(
  records: readonly Json[],
  isStrict: boolean,
  authenticated: Project,
  origin: RequestOrigin,
  deps: IngestDeps,
): Promise<Judgement<readonly Outcome[]>> {
  // Asked anew: on a second judgement this is the project as it is now. Gone, it keeps its last form, which
  // no commit accepts.
  const project = (await deps.projects.findExisting(authenticated.token)) ?? authenticated
  const isSimplified = project.idManagement === 'simplified'
  const context = {
    project,
    nowMs: deps.clock(),
    host: origin.host,
    fallbackDistinctId: () => (isSimplified ? '' : distinctIdOfAddress(project, origin.ip)),
    newInsertId: deps.newId,
  }
  const outcomes = records.map((record) => judgeImportRecord(record, isStrict, context))
  const events = outcomes.flatMap((outcome) => (outcome.kind === 'stored' ? [outcome.event] : []))
  return { events, projects: [project], result: outcomes }
}

function findIdentityEvent(records: readonly Json[]): string | undefined {
  for (const record of records) {
    const event = isJsonObject(record) ? record['event'] : undefined
    if (typeof event === 'string' && IDENTITY_EVENTS.has(event)) return event
  }
  return undefined
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

function answerUndecodable(cause: string, isStrict: boolean, params: Params): Ingested {
  const why = [note('payload.undecodable', { cause })]
  if (cause === 'too_large') return answer(tooManyBytes(MAX_REQUEST_BYTES), why)
  if (!isStrict) return answer(replyToLooseImport(params, 0, 0), why)
  return answer(refuseStrictPayload(cause === 'bad_json' ? 'request body is not valid JSON' : NO_DATA), why)
}

function answer(reply: ReplyPlan, notes: readonly Note[]): Ingested {
  return { reply, notes: requestNotes(notes) }
}

function requestNotes(notes: readonly Note[]): readonly RecordNote[] {
  return notes.map((own) => ({ index: undefined, note: own }))
}
