import { MISSING } from '../answers/import.ts'
import type { UnreadProperties } from '../decode/partial-records.ts'
import { IDENTITY_EVENTS } from '../identity/model.ts'
import { isJsonObject, type Json } from '../json.ts'
import { MAX_RECORD_BYTES } from '../limits.ts'
import { invalidImportFinding } from '../refusals/import.ts'
import { explainInsertId } from '../refusals/insert-id.ts'
import {
  findHygieneError,
  findInsertIdProblem,
  type ImportError,
  type ImportRecord,
  tooLargeError,
  validateImportStructure,
} from '../validate/import.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { type BuiltEvent, buildEvent, isIgnored, looseInsertId } from './build-event.ts'
import { identifyNoop } from './identify-noop.ts'
import type { JudgeContext, RecordOutcome, StoredOutcome } from './outcome.ts'
import { readsEnough } from './read-properties.ts'

/**
 * Judges a record of /import, of which some properties may be unread. Strict: the first row of IMP-14 that fails rejects
 * it. Otherwise the structural rows skip it, and the others are repaired (IMP-13).
 */
export function judgeImportRecord(
  record: Json,
  isStrict: boolean,
  context: JudgeContext,
  unread?: UnreadProperties,
): RecordOutcome<ImportError> {
  const verb = context.project.idManagement === 'simplified' && findIdentityEvent(record)
  if (verb) return { kind: 'skipped', findings: [isStrict ? rejectedVerb(verb) : idleVerb(verb, record)] }
  const structure = validateImportStructure(record, context.project.idManagement)
  if (!structure.ok) {
    const findings = [invalidImportFinding(structure.error, record, context.nowMs)]
    return isStrict ? { kind: 'rejected', refusal: structure.error, findings } : { kind: 'skipped', findings }
  }
  const valid = structure.value
  const hygieneError = findHygieneError(valid, {
    idManagement: context.project.idManagement,
    nowMs: context.nowMs,
    retentionDays: context.project.settings.retention_days,
  })
  if (hygieneError !== undefined && isStrict) return rejected(hygieneError, record, context)
  if (isIgnored(valid.properties)) return { kind: 'dropped', findings: [finding('event.ignored')] }
  // A record without errors has a valid one; for the others check it separately, since another error may come first.
  const insertIdProblem = hygieneError && findInsertIdProblem(valid.properties['$insert_id'])
  const built = buildImported(valid, context, insertIdProblem, unread)
  if (isStrict && built.event.sizeBytes > MAX_RECORD_BYTES)
    return rejected(tooLargeError(valid.properties), record, context)
  const own = importFindings(valid, insertIdProblem, context)
  const findings = own.length === 0 ? built.findings : [...built.findings, ...own]
  return { kind: 'stored', event: built.event, claim: built.claim, findings }
}

/**
 * The same for an event of which only the properties of propertiesReadIn are parsed. Out: undefined unless it is stored,
 * and there is nothing to say about it; otherwise that may depend on the other properties.
 */
export function judgePartOfImport(
  record: Json,
  unread: UnreadProperties,
  isStrict: boolean,
  context: JudgeContext,
): StoredOutcome | undefined {
  const outcome = judgeImportRecord(record, isStrict, context, unread)
  if (outcome.kind !== 'stored' || outcome.findings.length > 0) return undefined
  const { distinctId, sizeBytes } = outcome.event
  // An event without an id may name one under another name.
  const isSure = distinctId !== '' && sizeBytes <= MAX_RECORD_BYTES
  return isSure && readsEnough(unread.read, context.project) ? outcome : undefined
}

/** The name of the identity event that a record is, or undefined (IDS-22). */
export function findIdentityEvent(record: Json): string | undefined {
  const event = isJsonObject(record) ? record['event'] : undefined
  return typeof event === 'string' && IDENTITY_EVENTS.has(event) ? event : undefined
}

/** IDS-22: an identity event makes a strict import refuse the whole batch. */
function rejectedVerb(event: string): Finding {
  return finding('identity.verb_rejected_simplified', { event })
}

/** IDS-22: otherwise the record is left out; it has no more effect than on /track. */
function idleVerb(event: string, record: Json): Finding {
  const sent = isJsonObject(record) ? record['properties'] : undefined
  if (event === '$identify') return identifyNoop(isJsonObject(sent) ? sent : {})
  return event === '$merge'
    ? finding('identity.merge_not_on_track')
    : finding('identity.alias_noop_simplified')
}

/** The outcome of each record of a strict import that was refused because of an identity event (IDS-22). */
export function refuseWholeImport(event: string): RecordOutcome<ImportError> {
  return { kind: 'skipped', findings: [rejectedVerb(event)] }
}

function rejected(refusal: ImportError, record: Json, { nowMs }: JudgeContext): RecordOutcome<ImportError> {
  return { kind: 'rejected', refusal, findings: [invalidImportFinding(refusal, record, nowMs)] }
}

function buildImported(
  valid: ImportRecord,
  context: JudgeContext,
  insertIdProblem: string | undefined,
  unread: UnreadProperties | undefined,
): BuiltEvent {
  const insertId = insertIdProblem === undefined ? looseInsertId(valid.properties['$insert_id']) : undefined
  return buildEvent({ ...valid, insertId, isImported: true, unread }, context)
}

/** Findings that only an import has; buildEvent has reported its own. */
function importFindings(
  valid: ImportRecord,
  insertIdProblem: string | undefined,
  context: JudgeContext,
): readonly Finding[] {
  const findings: Finding[] = []
  const { token } = valid.properties
  if (typeof token === 'string' && token !== '' && token !== context.project.token) {
    findings.push(finding('import.token_mismatch', { token }))
  }
  if (insertIdProblem === MISSING) findings.push(finding('dedup.no_insert_id'))
  else if (insertIdProblem !== undefined) {
    const { send } = explainInsertId(valid.record, valid.properties)
    findings.push(finding('value.repaired', { field: '$insert_id', reason: insertIdProblem, send }))
  }
  return findings
}
