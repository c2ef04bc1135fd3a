import { IDENTITY_EVENTS } from '../identity/model.ts'
import { isJsonObject, type Json } from '../json.ts'
import { MAX_RECORD_BYTES } from '../limits.ts'
import {
  findHygieneError,
  findInsertIdProblem,
  type ImportError,
  type ImportRecord,
  INSERT_ID_MISSING,
  tooLargeError,
  validateImportStructure,
} from '../validate/import.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { type BuiltEvent, buildEvent, findRegionMismatch, isIgnored, looseInsertId } from './event.ts'
import { identifyNoop } from './identify-noop.ts'
import type { JudgeContext, RecordOutcome } from './outcome.ts'

/**
 * What becomes of a record of /import. Strict: the first row of IMP-14 that fails rejects it. Otherwise the
 * structural rows skip it and the others are repaired (IMP-13).
 */
export function judgeImportRecord(
  record: Json,
  isStrict: boolean,
  context: JudgeContext,
): RecordOutcome<ImportError> {
  const verb = context.project.idManagement === 'simplified' && findIdentityEvent(record)
  if (verb) return { kind: 'skipped', findings: [isStrict ? rejectedVerb(verb) : idleVerb(verb, record)] }
  const structure = validateImportStructure(record, context.project.idManagement)
  if (!structure.ok) {
    const findings = [finding('record.invalid', { reason: structure.error.message })]
    return isStrict ? { kind: 'rejected', refusal: structure.error, findings } : { kind: 'skipped', findings }
  }
  const valid = structure.value
  const failure = findHygieneError(valid, {
    idManagement: context.project.idManagement,
    nowMs: context.nowMs,
    retentionDays: context.project.settings.retention_days,
  })
  if (failure !== undefined && isStrict) return rejected(failure)
  const drop =
    findRegionMismatch(context) ?? (isIgnored(valid.properties) ? finding('event.ignored') : undefined)
  if (drop !== undefined) return { kind: 'dropped', findings: [drop] }
  // Clean records have a good one; of the others it must be asked for itself, behind another failure or not.
  const insertIdProblem = failure && findInsertIdProblem(valid.properties['$insert_id'])
  const built = buildImported(valid, context, insertIdProblem)
  if (isStrict && built.event.sizeBytes > MAX_RECORD_BYTES) return rejected(tooLargeError(valid.properties))
  const findings = [...built.findings, ...importFindings(valid, insertIdProblem, context)]
  return { kind: 'stored', event: built.event, claim: built.claim, findings }
}

/** The name of the identity event that a record is, or undefined (IDS-22). */
export function findIdentityEvent(record: Json): string | undefined {
  const event = isJsonObject(record) ? record['event'] : undefined
  return typeof event === 'string' && IDENTITY_EVENTS.has(event) ? event : undefined
}

/** IDS-22: a strict import refuses the whole batch for it. */
function rejectedVerb(event: string): Finding {
  return finding('identity.verb_rejected_simplified', { event })
}

/** IDS-22: otherwise it is left out, and means as little as on /track. */
function idleVerb(event: string, record: Json): Finding {
  const sent = isJsonObject(record) ? record['properties'] : undefined
  if (event === '$identify') return identifyNoop(isJsonObject(sent) ? sent : {})
  return event === '$merge'
    ? finding('identity.merge_not_on_track')
    : finding('identity.alias_noop_simplified')
}

/** What becomes of each record of a strict import that an identity event has refused whole (IDS-22). */
export function refuseWholeImport(event: string): RecordOutcome<ImportError> {
  return { kind: 'skipped', findings: [rejectedVerb(event)] }
}

function rejected(refusal: ImportError): RecordOutcome<ImportError> {
  return { kind: 'rejected', refusal, findings: [finding('record.invalid', { reason: refusal.message })] }
}

function buildImported(
  valid: ImportRecord,
  context: JudgeContext,
  insertIdProblem: string | undefined,
): BuiltEvent {
  const insertId = insertIdProblem === undefined ? looseInsertId(valid.properties['$insert_id']) : undefined
  // An empty distinct_id was meant: it is stored so (IMP-17), and no address stands in for it.
  const isAnonymous = valid.properties['distinct_id'] === ''
  const ownContext = isAnonymous ? { ...context, fallbackDistinctId: () => '' } : context
  return buildEvent({ ...valid, insertId, isImported: true }, ownContext)
}

/** What only an import can tell; the building of the event has reported what it changed. */
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
  if (insertIdProblem === INSERT_ID_MISSING) findings.push(finding('dedup.no_insert_id'))
  else if (insertIdProblem !== undefined) {
    findings.push(finding('value.repaired', { field: '$insert_id', reason: insertIdProblem }))
  }
  return findings
}
