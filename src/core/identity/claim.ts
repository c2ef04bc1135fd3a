import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../json.ts'
import { idText, sentDistinctId } from './distinct-id.ts'
import { type Claim, DEVICE_PREFIX, type IdManagement } from './model.ts'

/** The `$identify` properties that name the anonymous id: the documented one, and the SDKs' own (IDO-03). */
const ANON_ID_NAMES = ['$anon_id', '$anon_distinct_id'] as const

/** The anonymous id of an `$identify` (IDO-03), or undefined. */
export function anonIdOf(properties: JsonObject): string | undefined {
  return ANON_ID_NAMES.map((name) => idText(properties[name])).find((id) => id !== undefined)
}

/** The identified id of an `$identify` (IDO-03), or undefined. */
export function identifiedIdOf(properties: JsonObject): string | undefined {
  return idText(properties['$identified_id']) ?? sentDistinctId(properties)
}

/** The two ids of a `$merge`; undefined unless it has exactly two (IDO-21). */
export function mergedIdsOf(properties: JsonObject): readonly [string, string] | undefined {
  const sent = properties['$distinct_ids']
  if (!isJsonArray(sent) || sent.length !== 2) return undefined
  const [one, other] = sent.map((id) => (typeof id === 'string' ? idText(id) : undefined))
  return one === undefined || other === undefined ? undefined : [one, other]
}

/**
 * What an event says about who is who. Undefined if it says nothing: an event without an id, or, in simplified
 * projects, one that does not name both a device and a user. In: the event's distinct_id and ids as assignIds returned
 * them.
 */
export function readClaim(
  mode: IdManagement,
  event: string,
  properties: JsonObject,
  assigned: { readonly distinctId: string; readonly properties: Readonly<Record<string, Json | undefined>> },
): Claim | undefined {
  const { distinctId } = assigned
  if (mode === 'simplified') {
    const deviceId = idText(assigned.properties['$device_id'])
    const userId = idText(assigned.properties['$user_id'])
    const namesBoth = deviceId !== undefined && userId !== undefined
    return namesBoth ? { kind: 'event', distinctId, deviceId, userId } : undefined
  }
  return readVerb(event, properties, distinctId) ?? readEvent(properties, distinctId)
}

function readVerb(event: string, properties: JsonObject, distinctId: string): Claim | undefined {
  if (event === '$identify') {
    const identifiedId = identifiedIdOf(properties)
    return { kind: 'identify', distinctId, anonId: anonIdOf(properties), identifiedId }
  }
  if (event === '$create_alias') {
    return { kind: 'alias', distinctId, alias: idText(properties['alias']), of: sentDistinctId(properties) }
  }
  const ids = event === '$merge' ? mergedIdsOf(properties) : undefined
  return ids === undefined ? undefined : { kind: 'merge', distinctId, ids }
}

function readEvent(properties: JsonObject, distinctId: string): Claim | undefined {
  if (distinctId === '') return undefined
  const deviceId = idText(properties['$device_id'])
  return { kind: 'event', distinctId, deviceId, userId: idText(properties['$user_id']) }
}

/** The ids that an identity event names beside its distinct_id, by the field they were sent in. */
export function idsOfVerb(
  claim: Exclude<Claim, { kind: 'event' }>,
  properties: JsonObject,
): Record<string, string | undefined> {
  const { kind } = claim
  if (kind === 'alias') return { alias: claim.alias }
  if (kind === 'merge') return { '$distinct_ids[0]': claim.ids[0], '$distinct_ids[1]': claim.ids[1] }
  const { anonId, identifiedId } = claim
  const isOwn = identifiedId !== sentDistinctId(properties)
  return { $anon_id: anonId, $identified_id: isOwn ? identifiedId : undefined }
}

/** Properties and fields of profile records that name an id. */
export const ID_NAMES = [
  'distinct_id',
  '$distinct_id',
  '$user_id',
  ...ANON_ID_NAMES,
  '$identified_id',
  'alias',
]

/** Every id that a record names, whatever its outcome; device ids in the form that distinct_ids have. */
export function idsNamedBy(record: Json): readonly string[] {
  if (!isJsonObject(record)) return []
  const sent = record['properties']
  const properties = isJsonObject(sent) ? sent : record
  const ids = ID_NAMES.map((name) => idText(properties[name]))
  const device = idText(properties['$device_id'])
  if (device !== undefined) ids.push(device.startsWith(DEVICE_PREFIX) ? device : DEVICE_PREFIX + device)
  ids.push(...(mergedIdsOf(properties) ?? []))
  return [...new Set(ids.filter((id) => id !== undefined))]
}
