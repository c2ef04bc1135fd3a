import {
  isNotAllowed,
  isOfWrongType,
  largerThan,
  missingOrBlank,
  RECORD_NOT_OBJECT,
} from '../answers/import.ts'
import {
  DISTINCT_ID_NOT_ALLOWED,
  invalid,
  missingOrEmpty,
  NO_DATA,
  NO_OPERATION,
  UPDATE_TOO_LARGE,
} from '../answers/ingestion.ts'
import { idText } from '../identity/distinct-id.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'
import { MAX_RECORD_BYTES } from '../limits.ts'
import { jsonBytes } from '../measure.ts'
import { OPERATION_NAMES, type OperationName } from '../profile/profile.ts'
import { err, ok, type Result } from '../result.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/** A structurally valid record of /engage or /groups. */
export interface ProfileRecord {
  readonly record: JsonObject
  readonly token: string
  /** Empty for a user. */
  readonly groupKey: string
  readonly id: string
  /** The record's operations, in the order of application. */
  readonly operations: readonly OperationName[]
}

/** Why a record is refused: the text of `verbose=1`, and the field and message of strict mode (ENG-05). */
export interface ProfileError {
  readonly error: string
  readonly field: string
  readonly message: string
  readonly findings: readonly Finding[]
}

/** Checks ENG-03. Error: the first check that fails. */
export function validateEngageRecord(record: Json): Result<ProfileRecord, ProfileError> {
  const common = validateCommon(record)
  if (!common.ok) return common
  const id = idText(common.value.record['$distinct_id'])
  if (id === undefined) {
    const isMisspelled = idText(common.value.record['distinct_id']) !== undefined
    return missing('$distinct_id', isMisspelled ? [finding('profile.distinct_id_spelling')] : [])
  }
  return withOperations({ ...common.value, groupKey: '', id })
}

/** Checks GRP-02. Error: the first check that fails. */
export function validateGroupRecord(record: Json): Result<ProfileRecord, ProfileError> {
  const common = validateCommon(record)
  if (!common.ok) return common
  const { record: bag } = common.value
  if (bag['$distinct_id'] !== undefined) {
    const findings = [finding('group.distinct_id_present')]
    return err({
      ...profileError('$distinct_id', DISTINCT_ID_NOT_ALLOWED, isNotAllowed('$distinct_id')),
      findings,
    })
  }
  const groupKey = idText(bag['$group_key'])
  if (groupKey === undefined) return missing('$group_key')
  const id = idText(bag['$group_id'])
  if (id === undefined) return missing('$group_id')
  return withOperations({ ...common.value, groupKey, id })
}

function validateCommon(
  record: Json,
): Result<{ readonly record: JsonObject; readonly token: string }, ProfileError> {
  if (!isJsonObject(record) || Object.keys(record).length === 0) {
    return err(profileError('', NO_DATA, RECORD_NOT_OBJECT))
  }
  const token = record['$token']
  if (typeof token !== 'string' || token.trim() === '') return missing('$token')
  return ok({ record, token })
}

function withOperations(valid: Omit<ProfileRecord, 'operations'>): Result<ProfileRecord, ProfileError> {
  const { record } = valid
  const operations = OPERATION_NAMES.filter((name) => record[name] !== undefined)
  if (operations.length === 0) return err(profileError('', NO_OPERATION, NO_OPERATION))
  const wrong = operations.find((name) => !isOperand(name, record[name]))
  if (wrong !== undefined) return err(profileError(wrong, invalid(wrong), isOfWrongType(wrong)))
  if (jsonBytes(record) > MAX_RECORD_BYTES) {
    return err(profileError('', UPDATE_TOO_LARGE, largerThan('record', MAX_RECORD_BYTES)))
  }
  return ok({ ...valid, operations })
}

/**
 * `$delete` takes any value (ENG-19); `$unset` takes a list of names or one name (ENG-18); PHP writes `{}` as `[]`
 * (ENG-03).
 */
function isOperand(name: OperationName, value: Json | undefined): boolean {
  if (name === '$delete') return true
  if (name === '$unset') return isJsonArray(value) || typeof value === 'string'
  return isJsonObject(value) || (isJsonArray(value) && value.length === 0)
}

function missing(field: string, findings: readonly Finding[] = []): Result<never, ProfileError> {
  return err({
    ...profileError(field, missingOrEmpty(field), missingOrBlank(field)),
    findings,
  })
}

function profileError(field: string, error: string, message: string): ProfileError {
  return { error, field, message, findings: [] }
}
