import { profilePlace } from '../geo/place.ts'
import { locate, serverLocationFindings } from '../geo/sources.ts'
import { unusableAddress } from '../geo/unusable.ts'
import { placeholderFindings } from '../identity/placeholder.ts'
import { isJsonArray, isJsonObject, type Json } from '../json.ts'
import { MAX_PROFILE_CONTAINER_BYTES } from '../limits.ts'
import { fitText } from '../normalise/fit-text.ts'
import { parseIsoMs, parseTimeMs } from '../normalise/time.ts'
import { type TrimOptions, trimValue } from '../normalise/trim-properties.ts'
import { LAST_SEEN, type Operation, type OperationName, type ProfileUpdate } from '../profile/profile.ts'
import { lettersOf } from '../refusals/spellings.ts'
import type { ProfileError, ProfileRecord } from '../validate/profile.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { findRegionMismatch } from './build-event.ts'
import { groupFindings } from './group-ids.ts'
import { misplacedInProfile, NO_GROUP_PROPERTIES, NO_PROPERTIES } from './misplaced.ts'
import type { JudgeContext, RecordOutcome } from './outcome.ts'

/** A profile update that is to be applied. */
export interface AcceptedOutcome {
  readonly kind: 'accepted'
  readonly update: ProfileUpdate
  readonly findings: readonly Finding[]
}

/** The outcome of a record of /engage or /groups, before it is applied to the profile. */
export type ProfileOutcome = RecordOutcome<ProfileError, AcceptedOutcome>

/** Operations that group profiles have (GRP-03, GRP-04). */
const GROUP_OPERATIONS: ReadonlySet<OperationName> = new Set([
  '$set',
  '$set_once',
  '$union',
  '$remove',
  '$unset',
  '$delete',
])

/** Judges a valid record: its values within the limits (ENG-29), its time (ENG-26, ENG-27). */
export function judgeProfileRecord(valid: ProfileRecord, context: JudgeContext): ProfileOutcome {
  const mismatch = findRegionMismatch(context)
  if (mismatch !== undefined) return { kind: 'dropped', findings: [mismatch] }
  const { record, groupKey, id } = valid
  const findings: Finding[] = [...idFindings(valid), ...misplacedInProfile(valid)]
  const names = groupKey === '' ? valid.operations : groupOperations(valid, findings)
  if (groupKey !== '' && !context.project.settings.group_keys.includes(groupKey)) {
    findings.push(undeclaredKey(groupKey, context.project.settings.group_keys))
  }
  if (names.length > 1)
    findings.push(finding('profile.multiple_operations', { operations: names.join(', ') }))
  const reading = { context, isGroup: groupKey !== '', findings }
  const sent = names.map((name) => readOperation(name, record[name] ?? null, reading))
  const operations = withPlace(valid, sent, context, findings)
  const lastSeen = readLastSeen(valid, operations, context, findings)
  const ignoresAlias = isTrue(record['$ignore_alias'])
  const update = { projectId: context.project.id, groupKey, id, ignoresAlias, operations, lastSeen }
  return { kind: 'accepted', update, findings }
}

function undeclaredKey(key: string, declared: readonly string[]): Finding {
  const meant = declared.find((other) => lettersOf(other) === lettersOf(key))
  const send =
    meant === undefined
      ? 'Add it to the project setting group_keys; events sent before that are never attributed to the group'
      : `Send ${meant}, which is declared, as $group_key`
  return finding('group.key_undeclared', { key, send })
}

/** Findings on ids that name nobody (TRK-37), or were changed in order to be stored (PRP-10, DEC-07). */
function idFindings({ record, groupKey, id }: ProfileRecord): readonly Finding[] {
  const names = groupKey === '' ? ['$distinct_id'] : ['$group_key', '$group_id']
  const fitted = names.flatMap((name) => {
    const sent = record[name]
    return typeof sent === 'string' ? fitText(sent, name, 'chars').findings : []
  })
  const missing =
    groupKey === '' ? placeholderFindings({ $distinct_id: id }) : groupFindings(['$group_id'], record)
  return [...fitted, ...missing]
}

/** ENG-24: each $set and $set_once updates the user's place, except for properties that the record sets itself. */
function withPlace(
  { record, groupKey, id }: ProfileRecord,
  operations: readonly Operation[],
  { geo }: JudgeContext,
  findings: Finding[],
): readonly Operation[] {
  const sets = operations.filter(({ kind }) => kind === '$set' || kind === '$set_once')
  if (sets.length === 0) return operations
  const located = locate(record, record['$ip'], geo.usesRequestIp, { ...geo, usesRequestIp: false })
  if (located === undefined) {
    const unusable = unusableAddress('$ip', record['$ip'])
    if (unusable !== undefined) findings.push(unusable)
    return operations
  }
  if (groupKey === '') findings.push(...serverLocationFindings(located, id, geo))
  const source = located.by === 'point' ? { $geo_source: 'reverse_geocoding' } : {}
  const explicit = new Set(
    sets.flatMap((operation) => ('values' in operation ? operation.values.map(([name]) => name) : [])),
  )
  const place: Readonly<Record<string, string>> = { ...profilePlace(located.place), ...source }
  const values = Object.entries(place).filter(([name]) => !explicit.has(name))
  // Properties that this place lacks belong to an earlier place.
  const stale = PLACE_PROPERTIES.filter((name) => place[name] === undefined && !explicit.has(name))
  // After a $delete, before all operations that set.
  const rest = operations.filter(({ kind }) => kind !== '$delete')
  const deleted = operations.filter(({ kind }) => kind === '$delete')
  return [...deleted, { kind: '$unset', names: stale }, { kind: '$set', values, isQuiet: true }, ...rest]
}

/** Properties that describe a profile's place, and how it was determined. */
const PLACE_PROPERTIES = ['$city', '$region', '$country_code', '$timezone', '$geo_source']

function groupOperations({ operations }: ProfileRecord, findings: Finding[]): readonly OperationName[] {
  for (const operation of operations) {
    if (!GROUP_OPERATIONS.has(operation)) findings.push(finding('group.operation_unsupported', { operation }))
  }
  return operations.filter((operation) => GROUP_OPERATIONS.has(operation))
}

/** The context of one operation: project, user or group, and where findings go. */
interface Reading {
  readonly context: JudgeContext
  readonly isGroup: boolean
  readonly findings: Finding[]
}

function readOperation(kind: OperationName, value: Json, { context, isGroup, findings }: Reading): Operation {
  if (kind === '$delete') return { kind }
  const unit = context.project.settings.string_limit_unit
  if (kind === '$unset') {
    if (!isJsonArray(value)) findings.push(finding('profile.unset_not_array'))
    const names = (isJsonArray(value) ? value : [value]).filter((name) => typeof name === 'string')
    return { kind, names: names.map((name) => fitText(name, 'name', unit).text) }
  }
  const values: [string, Json][] = []
  const excluded = isGroup ? NO_GROUP_PROPERTIES : NO_PROPERTIES
  for (const [name, sent] of Object.entries(isJsonObject(value) ? value : {})) {
    if (excluded.has(name)) continue
    const trimmed = trimOperand(kind, name, sent, { unit, maxBytes: MAX_PROFILE_CONTAINER_BYTES, findings })
    if (trimmed === undefined) continue
    if (kind === '$append' && isJsonArray(trimmed.value)) {
      findings.push(finding('profile.nested_append_array', { property: trimmed.name }))
    }
    values.push([trimmed.name, trimmed.value])
  }
  return { kind, values }
}

/** A value within the limits; an element of a list is limited as inside its list, one level down (PRP-13). */
function trimOperand(kind: OperationName, name: string, sent: Json, options: TrimOptions) {
  const isElement = kind === '$append' || kind === '$remove' || (kind === '$union' && !isJsonArray(sent))
  if (!isElement) return trimValue(name, sent, options)
  const list = trimValue(name, [sent], options)
  const [element] = isJsonArray(list?.value) ? list.value : []
  return list === undefined || element === undefined ? undefined : { name: list.name, value: element }
}

/** True for the values that SDKs send for yes: true, "true", 1. */
function isTrue(value: Json | undefined): boolean {
  return value === true || value === 1 || value === 'true' || value === '1'
}

/** The new `$last_seen`: the record's `$time`, or the time of receipt, as text; undefined to leave it unchanged. */
function readLastSeen(
  { record }: ProfileRecord,
  operations: readonly Operation[],
  { nowMs }: JudgeContext,
  findings: Finding[],
): string | undefined {
  const sent = record['$time'] ?? undefined
  const timeMs = sent === undefined ? nowMs : (parseTimeMs(sent) ?? parseIsoMs(sent))
  if (timeMs === undefined) findings.push(finding('profile.bad_time', { value: inWords(sent) }))
  const isExplicit = operations.some((operation) => {
    return 'values' in operation && operation.values.some(([name]) => name === LAST_SEEN)
  })
  if (isExplicit) findings.push(finding('profile.last_seen_set'))
  if (isExplicit || isTrue(record['$ignore_time'])) return undefined
  return toProfileTime(timeMs ?? nowMs)
}

/** A value as a sentence shows it; lists and objects may be too deep for that. */
function inWords(value: Json | undefined): string {
  if (isJsonArray(value)) return '(a list)'
  return isJsonObject(value) ? '(an object)' : String(value)
}

/** `YYYY-MM-DDTHH:MM:SS`, UTC (ENG-26). In: ms since the epoch. */
function toProfileTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, -5)
}
