import { isJsonObject, type JsonObject } from '../json.ts'
import type { OperationName } from '../profile/profile.ts'
import { explainUnknown, findUnknownOperation } from '../refusals/operation.ts'
import { bagIn, findSpelling, firstNames } from '../refusals/spellings.ts'
import { isMember, showList, showName } from '../refusals/words.ts'
import type { ProfileRecord } from '../validate/profile.ts'
import { type Finding, finding } from '../verdict/finding.ts'

/** Names beside `properties` that are not read there, and the property that each is meant as (TRK-43). */
const BESIDE_PROPERTIES: ReadonlyMap<string, string> = new Map([
  ['time', 'time'],
  ['$time', 'time'],
  ['timestamp', 'time'],
  ['ip', 'ip'],
  ['$ip', 'ip'],
  ['distinct_id', 'distinct_id'],
  ['$distinct_id', 'distinct_id'],
  ['$user_id', '$user_id'],
  ['user_id', '$user_id'],
  ['userId', '$user_id'],
  ['$device_id', '$device_id'],
  ['device_id', '$device_id'],
  ['deviceId', '$device_id'],
  ['anonymousId', '$device_id'],
  ['$insert_id', '$insert_id'],
  ['insert_id', '$insert_id'],
  ['messageId', '$insert_id'],
  ['$latitude', '$latitude'],
  ['$longitude', '$longitude'],
])

/** Members of records of other systems that are not properties. */
const ENVELOPE: ReadonlySet<string> = new Set(
  'event properties token id name type channel category version projectId writeKey api_key sentAt receivedAt originalTimestamp messageId'.split(
    ' ',
  ),
)

/** The finding on fields of an event that are beside `properties`; plain events have nothing there. */
export function misplacedInEvent(record: JsonObject, properties: JsonObject): readonly Finding[] {
  const found = firstNames(record).flatMap((name): readonly (readonly [string, string])[] => {
    const value = record[name] ?? null
    const meant = BESIDE_PROPERTIES.get(name)
    if (meant !== undefined) return value === null || says(properties, meant, value) ? [] : [[name, meant]]
    const isProperty = typeof value !== 'object' && !ENVELOPE.has(name) && !isMember(properties, name)
    return isProperty ? [[name, name]] : []
  })
  if (found.length === 0) return []
  const fields = found.map(([name]) => name)
  const send = [...new Set(found.map(([, meant]) => `properties.${showName(meant)}`))]
  return [misplaced(fields, 'beside properties, where they are not read', showList(send))]
}

const NONE: readonly Finding[] = []

/** Findings on parts of an event inside its properties that are ordinary properties there. */
export function misplacedInProperties(properties: JsonObject): readonly Finding[] {
  const { properties: nested, $set, $set_once } = properties
  if (nested === undefined && $set === undefined && $set_once === undefined) return NONE
  const findings: Finding[] = []
  if (isJsonObject(nested))
    findings.push(misplaced(['properties'], 'inside properties', 'one object of properties'))
  const operations = ['$set', '$set_once'].filter((name) => isJsonObject(properties[name]))
  if (operations.length > 0) {
    findings.push(
      misplaced(operations, 'in an event, where they change no profile', 'a profile update to /engage'),
    )
  }
  return findings
}

/**
 * The finding on an event without an id that has one under a name that is not read; undefined if there is none.
 * identity.no_id says where Mixpanel's own names are read.
 */
export function misnamedId(properties: JsonObject): Finding | undefined {
  const name = findSpelling(properties, 'sure_id')
  if (name === undefined || IDS.has(name) || properties['distinct_id'] === '') return undefined
  return misplaced([name], MISNAMED, 'properties.distinct_id')
}

/**
 * The finding on an event of a device alone that names its user under a name that is not read; undefined if it names
 * none. SDKs send a distinct_id as well.
 */
export function misnamedUser(properties: JsonObject): Finding | undefined {
  if (!isMember(properties, '$device_id')) return undefined
  if (isMember(properties, 'distinct_id') || isMember(properties, '$user_id')) return undefined
  const name = USER_NAMES.find((other) => isMember(properties, other))
  return name === undefined ? undefined : misplaced([name], MISNAMED, 'properties.$user_id')
}

export const USER_NAMES = ['user_id', 'userId', 'userID', 'UserId', 'uid', 'customer_id']
const MISNAMED = 'in properties, under a name that is not read as an id'

/** True if the properties have a field, or, for an id, name the same id in another field. */
function says(properties: JsonObject, field: string, value: JsonObject[string]): boolean {
  if (isMember(properties, field)) return true
  return IDS.has(field) && [...IDS].some((id) => properties[id] === value)
}

const IDS: ReadonlySet<string> = new Set(['distinct_id', '$distinct_id', '$user_id', '$device_id'])

/** Names beside an operation that are read with another spelling only (ENG-02). */
const BESIDE_OPERATION: ReadonlyMap<string, string> = new Map([
  ['ip', '$ip'],
  ['time', '$time'],
  ['timestamp', '$time'],
  ['ignore_time', '$ignore_time'],
  ['ignore_alias', '$ignore_alias'],
  ['latitude', '$latitude'],
  ['longitude', '$longitude'],
])

/** Fields of a record that an operation stores as ordinary properties. */
const INSIDE_OPERATION: readonly string[] = ['$ip', '$time', '$ignore_time', '$ignore_alias']
/** Never stored as properties of a profile (ENG-28), and of a group's (GRP-02). */
export const NO_PROPERTIES: ReadonlySet<string> = new Set(['$distinct_id', '$token'])
export const NO_GROUP_PROPERTIES: ReadonlySet<string> = new Set([...NO_PROPERTIES, '$group_key', '$group_id'])

/** Findings on fields of a profile record in the wrong place, or under a name without effect. */
export function misplacedInProfile({
  record,
  operations,
  groupKey,
}: Pick<ProfileRecord, 'record' | 'operations' | 'groupKey'>): readonly Finding[] {
  const findings: Finding[] = []
  const beside = [...BESIDE_OPERATION].filter(
    ([name, meant]) => isMember(record, name) && !isMember(record, meant),
  )
  if (beside.length > 0) {
    const fields = beside.map(([name]) => name)
    const send = beside.map(([, meant]) => meant).join(', ')
    findings.push(misplaced(fields, 'beside the operation, where they are not read', send))
  }
  for (const operation of operations) findings.push(...misplacedInOperation(operation, record, groupKey))
  const unknown = findUnknownOperation(record)
  if (unknown !== undefined) {
    const { send } = explainUnknown(unknown, groupKey === '' ? '/engage' : '/groups')
    findings.push(finding('profile.operation_unknown', { operation: showName(unknown), send }))
  }
  return findings
}

function misplacedInOperation(
  operation: OperationName,
  record: JsonObject,
  groupKey: string,
): readonly Finding[] {
  const values = bagIn(record, operation)
  const stored = INSIDE_OPERATION.filter((name) => isMember(values, name))
  const excluded = groupKey === '' ? NO_PROPERTIES : NO_GROUP_PROPERTIES
  const left = [...excluded].filter((name) => isMember(values, name) && values[name] !== record[name])
  return [
    { names: stored, effect: 'where they are ordinary properties' },
    { names: left, effect: 'where they are ignored' },
  ].flatMap(({ names, effect }) =>
    names.length === 0
      ? []
      : [misplaced(names, `inside ${operation}, ${effect}`, `${names.join(', ')} beside ${operation}`)],
  )
}

function misplaced(fields: readonly string[], where: string, send: string): Finding {
  return finding('record.field_misplaced', { fields: showList(fields), where, send })
}
