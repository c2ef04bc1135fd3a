import { isOn } from '../core/decode/params.ts'
import type { DecodedRequest } from '../core/decode/request.ts'
import type { StoredEvent } from '../core/event.ts'
import type { JudgeContext, RecordOutcome } from '../core/judge/outcome.ts'
import { judgeTrackRecord } from '../core/judge/track.ts'
import { MAX_RECORDS, MAX_REQUEST_BYTES } from '../core/limits.ts'
import type { Project } from '../core/project.ts'
import { tooManyBytes, tooManyRecords } from '../core/respond/errors.ts'
import type { ReplyPlan } from '../core/respond/plan.ts'
import { isCallbackName, NO_DATA, replyToTrack } from '../core/respond/track.ts'
import type { Result } from '../core/result.ts'
import { MERGE_NOT_ON_TRACK, type TrackRecord, validateTrackRecord } from '../core/validate/track.ts'
import { note } from '../core/verdict/note.ts'
import {
  distinctIdOfAddress,
  type IngestDeps,
  type Ingested,
  type Judgement,
  judgeAndCommit,
  type RecordNote,
  type RequestOrigin,
} from './ingest.ts'

/** Names are looked at in what SDKs send, 50 at a time; a bulk load is not held up by it. */
const MAX_OBSERVED = 50

type Validated = Result<TrackRecord, string>
type Outcome = RecordOutcome<string>

/**
 * Takes a request of /track from its decoded form to its answer (TRK-01 to TRK-43): validate, find the
 * projects, judge, commit, answer. `mayRedirect`: TRK-14.
 */
export async function ingestTrack(
  request: DecodedRequest,
  origin: RequestOrigin,
  mayRedirect: boolean,
  deps: IngestDeps,
): Promise<Ingested> {
  const { params, payload } = request
  const ownNotes = requestNotes(request)
  const reply = (error: string | null): ReplyPlan => replyToTrack(params, { error }, mayRedirect)
  if (!payload.ok) {
    const notes = [
      ...ownNotes,
      { index: undefined, note: note('payload.undecodable', { cause: payload.error }) },
    ]
    return { reply: payload.error === 'too_large' ? tooManyBytes(MAX_REQUEST_BYTES) : reply(NO_DATA), notes }
  }
  const { records } = payload.value
  if (records.length > MAX_RECORDS) {
    const limit = note('limit.request_too_large', { what: `${records.length} records`, limit: MAX_RECORDS })
    return { reply: tooManyRecords(MAX_RECORDS), notes: [{ index: undefined, note: limit }] }
  }
  const validated = records.map(validateTrackRecord)
  const committed = await judgeAndCommit(deps, () =>
    judgeAll(validated, isOn(params.get('ip')), origin, deps),
  )
  if ('refusal' in committed) return { reply: committed.refusal, notes: ownNotes }
  const outcomes = committed.result
  const isAnyAccepted = outcomes.some((outcome) => outcome.kind !== 'rejected')
  const first = outcomes.find((outcome) => outcome.kind === 'rejected')
  const error = isAnyAccepted || first?.kind !== 'rejected' ? null : first.refusal
  return { reply: reply(error), notes: [...ownNotes, ...notesOf(outcomes, isAnyAccepted)] }
}

async function judgeAll(
  validated: readonly Validated[],
  usesIp: boolean,
  origin: RequestOrigin,
  deps: IngestDeps,
): Promise<Judgement<readonly Outcome[]>> {
  const tokens = validated.flatMap((record) => (record.ok ? [record.value.token] : []))
  const projects = await deps.projects.findAll(tokens)
  const nowMs = deps.clock()
  const contexts = new Map<string, JudgeContext>()
  for (const [token, project] of projects) {
    const fallbackDistinctId = () => (usesIp ? distinctIdOfAddress(project, origin.ip) : '')
    contexts.set(token, { project, nowMs, host: origin.host, fallbackDistinctId, newInsertId: deps.newId })
  }
  const events: StoredEvent[] = []
  const touched = new Set<Project>()
  const outcomes = validated.map((record) => {
    const outcome = judgeOne(record, contexts)
    const project = record.ok ? projects.get(record.value.token) : undefined
    if (outcome.kind !== 'stored' || !record.ok || project === undefined) return outcome
    events.push(outcome.event)
    touched.add(project)
    const { event, properties } = record.value
    const odd = validated.length <= MAX_OBSERVED ? deps.names.observe(project.id, event, properties) : []
    return odd.length === 0 ? outcome : { ...outcome, notes: [...outcome.notes, ...odd] }
  })
  return { events, projects: [...touched], result: outcomes }
}

function judgeOne(record: Validated, contexts: ReadonlyMap<string, JudgeContext>): Outcome {
  if (!record.ok) {
    const isMerge = record.error === MERGE_NOT_ON_TRACK
    const why = isMerge
      ? note('identity.merge_not_on_track')
      : note('record.invalid', { reason: record.error })
    return { kind: 'rejected', refusal: record.error, notes: [why] }
  }
  const context = contexts.get(record.value.token)
  if (context === undefined) {
    return { kind: 'dropped', notes: [note('token.unknown', { token: record.value.token })] }
  }
  return judgeTrackRecord(record.value, context)
}

function requestNotes(request: DecodedRequest): readonly RecordNote[] {
  const { params, payload } = request
  const notes = []
  if (payload.ok && payload.value.isNonstandardBase64) notes.push(note('payload.base64_nonstandard'))
  if (isOn(params.get('strict'))) notes.push(note('track.strict_ignored'))
  const callback = params.get('callback')
  if (callback !== undefined && !isCallbackName(callback)) notes.push(note('track.callback_rejected'))
  return notes.map((own) => ({ index: undefined, note: own }))
}

/** In a batch answered `1` a refused record is a silence of its own kind (TRK-19). */
function notesOf(outcomes: readonly Outcome[], isAnyAccepted: boolean): readonly RecordNote[] {
  const notes: RecordNote[] = []
  for (const [index, outcome] of outcomes.entries()) {
    for (const own of outcome.notes) notes.push({ index, note: own })
    if (isAnyAccepted && outcome.kind === 'rejected') {
      notes.push({ index, note: note('batch.partial', { reason: outcome.refusal }) })
    }
  }
  return notes
}
