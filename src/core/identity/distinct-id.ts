import type { Json, JsonObject } from '../json.ts'
import { fitText } from '../normalise/fit-text.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { looksLikeDevice } from './guid.ts'
import { DEVICE_PREFIX, type IdManagement } from './model.ts'
import { placeholderFindings } from './placeholder.ts'

/** The distinct_id of an event, and what its stored properties say about ids. */
export interface AssignedIds {
  /** The distinct_id in force at ingestion; empty if the event has none (IMP-17). */
  readonly distinctId: string
  /** Properties that replace those sent; undefined removes the name. */
  readonly properties: Readonly<Record<string, Json | undefined>>
  readonly findings: readonly Finding[]
}

/**
 * The text of an id (IDS-16): numbers and booleans as strings; null, empty text, lists and objects count as absent. Cut
 * to the maximum length of a string, without characters that Postgres cannot hold.
 */
export function idText(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'string' || value === '') return undefined
  return fitText(value, 'id', 'chars').text
}

/** The id an event sent as `distinct_id`, or as `$distinct_id` where the plain name is absent (PRP-03). */
export function sentDistinctId(properties: JsonObject): string | undefined {
  return idText(properties['distinct_id'] ?? properties['$distinct_id'])
}

/** True for an event that says it is of no user: its id is sent, and empty (IMP-17). */
export function isSentForNobody(properties: JsonObject): boolean {
  return (properties['distinct_id'] ?? properties['$distinct_id']) === ''
}

/**
 * The distinct_id of an event: in simplified projects by the table of IDS-01 with IDS-11 to IDS-17, otherwise the one
 * sent (IDO-01). `fallback` supplies one for an event without any id (TRK-33, IMP-18).
 */
export function assignIds(mode: IdManagement, properties: JsonObject, fallback: () => string): AssignedIds {
  const assigned =
    mode === 'simplified' ? assignSimplified(properties, fallback) : assignSent(properties, fallback)
  const plain = properties['distinct_id']
  // The other ids stay properties, and the check of properties reports them.
  const fitted = typeof plain === 'string' ? fitText(plain, 'distinct_id', 'chars').findings : NONE
  const others = nonTextIds(mode, properties)
  if (fitted.length === 0 && others.length === 0) return assigned
  return { ...assigned, findings: [...fitted, ...others, ...assigned.findings] }
}

/** Findings on ids of a type that cannot be an id (IDS-16): they count as absent, which the sender may not expect. */
function nonTextIds(mode: IdManagement, properties: JsonObject): readonly Finding[] {
  const fields = mode === 'simplified' ? SIMPLIFIED_IDS : ORIGINAL_IDS
  if (!fields.some((field) => isNoText(properties[field] ?? null))) return NONE
  return fields.flatMap((field) => {
    const value = properties[field] ?? null
    return isNoText(value) ? [finding('identity.id_not_text', { field, what: kindOf(value) })] : []
  })
}

function isNoText(value: Json): boolean {
  return typeof value === 'object' ? value !== null : typeof value === 'number' && !Number.isFinite(value)
}

const NONE: readonly Finding[] = []

const ORIGINAL_IDS = ['distinct_id'] as const
const SIMPLIFIED_IDS = ['distinct_id', '$user_id', '$device_id'] as const

function kindOf(value: Json): string {
  if (typeof value === 'number') return 'a number beyond a double'
  return Array.isArray(value) ? 'a list' : 'an object'
}

function assignSent(properties: JsonObject, fallback: () => string): AssignedIds {
  const sent = sentDistinctId(properties)
  const distinctId = sent ?? fallback()
  const findings = placeholderFindings({ distinct_id: sent })
  if (distinctId === '') findings.push(...noIdFindings(properties, 'distinct_id'))
  return { distinctId, properties: {}, findings }
}

function assignSimplified(properties: JsonObject, fallback: () => string): AssignedIds {
  const sent = sentDistinctId(properties)
  const rawUser = idText(properties['$user_id'])
  const rawDevice = idText(properties['$device_id'])
  if (rawUser === undefined && rawDevice === undefined) return fromDistinctIdOnly(properties, sent, fallback)
  return fromSpecialIds(rawUser, rawDevice, sent)
}

function fromDistinctIdOnly(
  properties: JsonObject,
  sent: string | undefined,
  fallback: () => string,
): AssignedIds {
  if (sent === undefined) {
    const distinctId = fallback()
    const ids = 'distinct_id, $user_id or $device_id'
    return { distinctId, properties: {}, findings: distinctId === '' ? noIdFindings(properties, ids) : [] }
  }
  const deviceId = withoutPrefix(sent)
  if (deviceId !== undefined) {
    return { distinctId: sent, properties: { $device_id: deviceId, $user_id: undefined }, findings: [] }
  }
  const findings = placeholderFindings({ distinct_id: sent })
  const isDevice = looksLikeDevice(sent) && isFromDevice(properties)
  if (isDevice) findings.push(finding('identity.unprefixed_anonymous', { id: sent }))
  return { distinctId: sent, properties: { $user_id: sent, $device_id: undefined }, findings }
}

function noIdFindings(properties: JsonObject, ids: string): readonly Finding[] {
  return isSentForNobody(properties) ? [] : [finding('identity.no_id', { ids })]
}

/** SDKs that run on the user's device: what they send as distinct_id alone is an id that they have made up. */
const SDKS_OF_DEVICES: ReadonlySet<Json | undefined> = new Set([
  'web',
  'android',
  'iphone',
  'swift',
  'react-native',
  'flutter',
  'unity',
])

/** True for an event of an SDK that runs on the user's device, and not on a server. */
function isFromDevice(properties: JsonObject): boolean {
  return SDKS_OF_DEVICES.has(properties['mp_lib'])
}

function fromSpecialIds(
  rawUser: string | undefined,
  rawDevice: string | undefined,
  sent: string | undefined,
): AssignedIds {
  const findings = placeholderFindings({ $user_id: rawUser, $device_id: rawDevice })
  const stripped = rawDevice === undefined ? undefined : withoutPrefix(rawDevice)
  if (stripped !== undefined)
    findings.push(finding('identity.double_device_prefix', { sent: rawDevice ?? '' }))
  const userAsDevice = rawUser === undefined ? undefined : withoutPrefix(rawUser)
  if (userAsDevice !== undefined) {
    findings.push(finding('identity.device_prefix_in_user_id', { sent: rawUser ?? '' }))
  }
  const userId = userAsDevice === undefined ? rawUser : undefined
  const deviceId = stripped ?? rawDevice ?? userAsDevice
  const distinctId = userId ?? `${DEVICE_PREFIX}${deviceId ?? ''}`
  if (sent !== undefined && sent !== distinctId) findings.push(overridden(sent, userId, deviceId, distinctId))
  return { distinctId, properties: { $user_id: userId, $device_id: deviceId }, findings }
}

/** IDS-13: what became of a distinct_id that another id replaced. */
function overridden(
  sent: string,
  userId: string | undefined,
  deviceId: string | undefined,
  stored: string,
): Finding {
  if (userId === undefined && sent === deviceId) {
    // Tag managers on a server put the id of a signed-in user into both.
    const severity = looksLikeDevice(sent) ? 'info' : undefined
    return finding('identity.user_id_in_device_id', { sent, stored }, severity)
  }
  const property = userId === undefined ? '$device_id' : '$user_id'
  return finding('identity.distinct_id_overridden', { sent, stored, property })
}

/** The text after exactly one leading `$device:` (IDS-14); undefined without the prefix or with nothing after it. */
function withoutPrefix(id: string): string | undefined {
  return id.startsWith(DEVICE_PREFIX) && id.length > DEVICE_PREFIX.length
    ? id.slice(DEVICE_PREFIX.length)
    : undefined
}
