import type { Json } from '../json.ts'
import { MAX_RECORD_BYTES } from '../limits.ts'
import {
  findHygieneFailure,
  findInsertIdProblem,
  type ImportFailure,
  type ImportRecord,
  tooLargeFailure,
  validateImportStructure,
} from '../validate/import.ts'
import { type Note, note } from '../verdict/note.ts'
import { type BuiltEvent, buildEvent, findRegionMismatch, isIgnored, looseInsertId } from './event.ts'
import type { JudgeContext, RecordOutcome } from './outcome.ts'

/** The events that speak of identity: none of them is an ordinary event (chapter IDS, IDO). */
export const IDENTITY_EVENTS: ReadonlySet<string> = new Set(['$identify', '$create_alias', '$merge'])

/**
 * What becomes of a record of /import. Strict: the first row of IMP-14 that fails rejects it. Otherwise the
 * structural rows skip it and the others are repaired (IMP-13).
 */
export function judgeImportRecord(
  record: Json,
  isStrict: boolean,
  context: JudgeContext,
): RecordOutcome<ImportFailure> {
  const structure = validateImportStructure(record)
  if (!structure.ok) {
    const notes = [note('record.invalid', { reason: structure.error.message })]
    return isStrict ? { kind: 'rejected', refusal: structure.error, notes } : { kind: 'skipped', notes }
  }
  const valid = structure.value
  if (context.project.idManagement === 'simplified' && IDENTITY_EVENTS.has(valid.event)) {
    return { kind: 'skipped', notes: [note('identity.verb_rejected_simplified', { event: valid.event })] }
  }
  const failure = findHygieneFailure(valid, {
    idManagement: context.project.idManagement,
    nowMs: context.nowMs,
    retentionDays: context.project.settings.retention_days,
  })
  if (failure !== undefined && isStrict) return rejected(failure)
  const drop =
    findRegionMismatch(context) ?? (isIgnored(valid.properties) ? note('event.ignored') : undefined)
  if (drop !== undefined) return { kind: 'dropped', notes: [drop] }
  const built = buildImported(valid, context, failure === undefined)
  if (isStrict && built.event.sizeBytes > MAX_RECORD_BYTES) return rejected(tooLargeFailure(valid.properties))
  return {
    kind: 'stored',
    event: built.event,
    notes: [...built.notes, ...importNotes(valid, failure, context)],
  }
}

function rejected(refusal: ImportFailure): RecordOutcome<ImportFailure> {
  return { kind: 'rejected', refusal, notes: [note('record.invalid', { reason: refusal.message })] }
}

function buildImported(valid: ImportRecord, context: JudgeContext, isClean: boolean): BuiltEvent {
  const sent = valid.properties['$insert_id']
  const isUsable = isClean || findInsertIdProblem(sent) === undefined
  const insertId = isUsable ? looseInsertId(sent) : undefined
  // An empty distinct_id was meant: it is stored so (IMP-17), and no address stands in for it.
  const isAnonymous = valid.properties['distinct_id'] === ''
  const ownContext = isAnonymous ? { ...context, fallbackDistinctId: () => '' } : context
  return buildEvent({ ...valid, insertId, isImported: true }, ownContext)
}

function importNotes(
  valid: ImportRecord,
  failure: ImportFailure | undefined,
  context: JudgeContext,
): readonly Note[] {
  const notes: Note[] = []
  const { token } = valid.properties
  if (typeof token === 'string' && token !== '' && token !== context.project.token) {
    notes.push(note('import.token_mismatch', { token }))
  }
  if (failure === undefined) return notes
  const isMissing = valid.properties['$insert_id'] === undefined
  if (failure.field === '$insert_id' && isMissing) notes.push(note('dedup.no_insert_id'))
  else notes.push(note('value.repaired', { field: failure.field, reason: failure.message }))
  return notes
}
