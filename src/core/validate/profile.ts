import { idText } from '../identity/distinct-id.ts'
import { isJsonObject, type Json, type JsonObject } from '../json.ts'
import { MAX_RECORD_BYTES } from '../limits.ts'
import { jsonBytes } from '../measure.ts'
import { OPERATION_NAMES, type OperationName } from '../profile/profile.ts'
import { err, ok, type Result } from '../result.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/** A record of /engage or /groups that is valid in form. */
export interface ProfileRecord {
  readonly record: JsonObject
  readonly token: string
  /** Empty for a user. */
  readonly groupKey: string
  readonly id: string
  /** The operations that the record has, in the order in which they are applied. */
  readonly operations: readonly OperationName[]
}

/** Why a record is refused: in the words of `verbose=1`, and as strict mode has it (ENG-05). */
export interface ProfileError {
  readonly error: string
  readonly field: string
  readonly message: string
  readonly findings: readonly Finding[]
}

/** Checks ENG-03; the first that fails is the error. */
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

/** The same for /groups (GRP-02). */
export function validateGroupRecord(record: Json): Result<ProfileRecord, ProfileError> {
  const common = validateCommon(record)
  if (!common.ok) return common
  const { record: bag } = common.value
  if (bag['$distinct_id'] !== undefined) {
    const findings = [finding('group.distinct_id_present')]
    return err({
      ...failure('$distinct_id', '$distinct_id, not allowed', "'$distinct_id' is not allowed"),
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
    return err(failure('', 'data, missing or empty', 'record must be a JSON object'))
  }
  const token = record['$token']
  if (typeof token !== 'string' || token.trim() === '') return missing('$token')
  return ok({ record, token })
}

function withOperations(valid: Omit<ProfileRecord, 'operations'>): Result<ProfileRecord, ProfileError> {
  const { record } = valid
  const operations = OPERATION_NAMES.filter((name) => record[name] !== undefined)
  if (operations.length === 0) return err(failure('', 'no valid operation', 'no valid operation'))
  const wrong = operations.find((name) => !isOperand(name, record[name]))
  if (wrong !== undefined) return err(failure(wrong, `${wrong}, invalid`, `'${wrong}' is invalid`))
  if (jsonBytes(record) > MAX_RECORD_BYTES) {
    return err(failure('', 'record, too large', `record is larger than ${MAX_RECORD_BYTES} bytes`))
  }
  return ok({ ...valid, operations })
}

/** Any value deletes (ENG-19); names are listed, one may stand alone (ENG-18); PHP writes `{}` as `[]` (ENG-03). */
function isOperand(name: OperationName, value: Json | undefined): boolean {
  if (name === '$delete') return true
  if (name === '$unset') return Array.isArray(value) || typeof value === 'string'
  return isJsonObject(value) || (Array.isArray(value) && value.length === 0)
}

function missing(field: string, findings: readonly Finding[] = []): Result<never, ProfileError> {
  return err({
    ...failure(field, `${field}, missing or empty`, `'${field}' must not be missing or blank`),
    findings,
  })
}

function failure(field: string, error: string, message: string): ProfileError {
  return { error, field, message, findings: [] }
}
