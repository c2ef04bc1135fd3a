import type { UnreadProperties } from '../decode/partial-records.ts'
import type { StoredEvent } from '../event.ts'
import { eventPlace } from '../geo/place.ts'
import { type GeoContext, type Located, locate, serverLocationFindings } from '../geo/sources.ts'
import { unusableAddress } from '../geo/unusable.ts'
import { identifiedIdOf, idsOfVerb, mergedIdsOf, readClaim } from '../identity/claim.ts'
import { assignIds, isSentForNobody } from '../identity/distinct-id.ts'
import type { Claim } from '../identity/model.ts'
import { describeNoName, placeholderFindings } from '../identity/placeholder.ts'
import type { Json, JsonObject } from '../json.ts'
import { jsonBytes } from '../measure.ts'
import { type FittedText, fitText } from '../normalise/fit-text.ts'
import { toStoredProperties } from '../normalise/properties.ts'
import { parseTimeMs } from '../normalise/time.ts'
import { regionOfHost } from '../project.ts'
import { explainOddTime, isOddTime } from '../refusals/time.ts'
import { showName, showValue } from '../refusals/words.ts'
import { readTime } from '../validate/track.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { groupFindings } from './group-ids.ts'
import { misnamedId, misnamedUser, misplacedInEvent, misplacedInProperties } from './misplaced.ts'
import type { JudgeContext } from './outcome.ts'

/** The parts of an event, as validation returned them. */
export interface ValidEvent {
  readonly record: JsonObject
  readonly event: string
  readonly properties: JsonObject
  /** Ms since the epoch; undefined to use the time of receipt. */
  readonly timeMs: number | undefined
  /** Undefined if one must be generated. */
  readonly insertId: FittedText | undefined
  readonly isImported: boolean
  /** Properties that were not parsed. */
  readonly unread?: UnreadProperties | undefined
}

/** An event ready to be stored, with the findings on what was changed. */
export interface BuiltEvent {
  readonly event: StoredEvent
  readonly claim: Claim | undefined
  readonly findings: readonly Finding[]
}

/**
 * Builds the stored form of a valid event: its ids (IDS-01), time (TRK-29, TRK-30, IMP-20), name and properties within
 * the limits (PRP-10 to PRP-16), and insert_id (DDP-05).
 */
export function buildEvent(valid: ValidEvent, context: JudgeContext): BuiltEvent {
  const { project, nowMs } = context
  const mode = project.idManagement
  let isFromAddress = false
  const ids = assignIds(mode, valid.properties, () => {
    const subject = verbSubject(valid) ?? (isSentForNobody(valid.properties) ? '' : undefined)
    const distinctId = subject ?? context.fallbackDistinctId()
    // /track derives it on request only: ip=1.
    isFromAddress = valid.isImported && subject === undefined && distinctId !== ''
    return distinctId
  })
  const unit = project.settings.string_limit_unit
  const geo = locateEvent(valid, ids.distinctId, context)
  const consumed = consumedFallbacks(valid.properties)
  // Nearly all events have neither.
  const isPlain = consumed === undefined && geo === NO_PLACE
  const replaced = isPlain ? ids.properties : { ...ids.properties, ...consumed, ...geo.properties }
  const stored = toStoredProperties(valid.properties, replaced, unit)
  const name = fitText(valid.event, 'event', unit)
  const time = resolveTime(valid, nowMs)
  const claim = readClaim(mode, valid.event, valid.properties, ids)
  const findings = joined([
    ids.findings,
    claim === undefined || claim.kind === 'event'
      ? NO_FINDINGS
      : placeholderFindings(idsOfVerb(claim, valid.properties)),
    isFromAddress ? [finding('identity.id_from_address', { address: context.geo.requestIp })] : NO_FINDINGS,
    stored.findings,
    time.findings,
    name.findings,
    noNameFindings(valid.event),
    groupFindings(project.settings.group_keys, valid.properties),
    valid.insertId?.findings ?? NO_FINDINGS,
    geo.findings,
    misplacedFindings(valid, ids.distinctId),
  ])
  return {
    event: {
      projectId: project.id,
      distinctId: ids.distinctId,
      event: name.text,
      timeMs: time.timeMs,
      insertId: valid.insertId?.text ?? context.newInsertId(),
      receivedAtMs: nowMs,
      sizeBytes: recordBytes(valid, stored.sentBytes),
      isImported: valid.isImported,
      propertiesJson: stored.json,
      unread: valid.unread,
    },
    claim,
    findings,
  }
}

/** All findings of some lists. Most lists are empty, so this is faster than to concatenate them. */
function joined(lists: readonly (readonly Finding[])[]): readonly Finding[] {
  return lists.every((list) => list.length === 0) ? NO_FINDINGS : lists.flat()
}

/** The place that an event gets in addition to the properties it was sent with (GEO-02, GEO-03). */
function locateEvent(
  { properties, isImported }: ValidEvent,
  distinctId: string,
  { geo, project }: JudgeContext,
) {
  const sent = properties['ip']
  const byImport = isImported && project.settings.import_geo_from_request && sent === undefined
  const located = locate(properties, sent, geo.usesRequestIp || byImport, geo)
  if (located === undefined) {
    const findings = noPlaceFindings(properties, geo)
    return findings.length === 0 ? NO_PLACE : { ...NO_PLACE, findings }
  }
  const place = Object.entries(eventPlace(located.place)).filter(([name]) => properties[name] === undefined)
  const byServer = serverLocationFindings(located, distinctId, geo)
  return { properties: Object.fromEntries(place), findings: [...byServer, ...unusedAddress(sent, located)] }
}

/** GEO-04: the request's address takes precedence if it was asked for. */
function unusedAddress(sent: Json | undefined, { by }: Located): readonly Finding[] {
  if (by !== 'request_ip' || typeof sent !== 'string' || sent === '') return []
  const what = 'and ip=1 asks for the address of the request'
  const send = 'Remove ip=1 from the URL or form'
  return [finding('geo.address_unusable', { field: 'ip', value: showValue(sent), what, send })]
}

/** Why an event that was sent with an address has no place. */
function noPlaceFindings(properties: JsonObject, geo: GeoContext): readonly Finding[] {
  const { ip, $ip } = properties
  if (ip === undefined) {
    const where = 'in properties, where it is not read'
    const isMeant = typeof $ip === 'string' && !geo.usesRequestIp
    return isMeant
      ? [finding('record.field_misplaced', { fields: '$ip', where, send: 'properties.ip' })]
      : NO_FINDINGS
  }
  if (!geo.usesRequestIp) {
    const unusable = unusableAddress('ip', ip)
    return unusable === undefined ? [] : [unusable]
  }
  // The address that was sent was ignored in favour of the request's, which is not known (GEO-04).
  const what = `${geo.requestIp}, the address of the request, is not known`
  return typeof ip === 'string' && ip !== '0' ? [finding('geo.server_location', { what })] : []
}

/**
 * The user of an identity event without a distinct_id: the identified id (IDO-03), or the first of the merged ids
 * (IDO-20).
 */
function verbSubject({ event, properties }: ValidEvent): string | undefined {
  if (event === '$identify') return identifiedIdOf(properties)
  return event === '$merge' ? mergedIdsOf(properties)?.[0] : undefined
}

/**
 * Removes `$distinct_id` and `$time` where they replaced the plain names (PRP-03), so that they are not stored twice.
 */
function consumedFallbacks(properties: JsonObject): Record<string, Json | undefined> | undefined {
  const readsId = (properties['distinct_id'] ?? null) === null && properties['$distinct_id'] !== undefined
  const readsTime = (properties['time'] ?? null) === null && parseTimeMs(properties['$time']) !== undefined
  if (!readsId && !readsTime) return undefined
  return {
    ...(readsId && { $distinct_id: undefined }),
    ...(readsTime && { $time: undefined }),
  }
}

function resolveTime(valid: ValidEvent, nowMs: number): { timeMs: number; findings: readonly Finding[] } {
  const { timeMs } = valid
  if (timeMs === undefined) return { timeMs: nowMs, findings: NO_FINDINGS }
  const suspect = timeFindings(valid.properties, timeMs, nowMs)
  if (timeMs <= nowMs) return { timeMs, findings: suspect }
  const delta = Math.ceil((timeMs - nowMs) / 1_000)
  return { timeMs: nowMs, findings: [finding('time.future_overwritten', { delta_s: delta }), ...suspect] }
}

/** Findings on the form of a time: its unit, and its type (TRK-31). */
function timeFindings(properties: JsonObject, timeMs: number, nowMs: number): readonly Finding[] {
  const suspect = suspectUnit(properties, timeMs, nowMs)
  const time = properties['time'] ?? properties['$time']
  return typeof time === 'string' ? [...suspect, finding('time.numeric_string', { value: time })] : suspect
}

/** The finding on a time before 2000 or after 2100, which is probably in the wrong unit (TRK-31). */
export function suspectUnit(properties: JsonObject, timeMs: number, nowMs: number): readonly Finding[] {
  if (!isOddTime(timeMs)) return NO_FINDINGS
  const time = readTime(properties) ?? null
  const { send } = explainOddTime(time, timeMs, nowMs)
  return [finding('time.unit_suspect', { value: String(time), date: new Date(timeMs).toISOString(), send })]
}

/** The finding on a name that stands where the name of an event is missing. */
function noNameFindings(event: string): readonly Finding[] {
  const what = describeNoName(event)
  return what === undefined
    ? NO_FINDINGS
    : [finding('event.placeholder_name', { event: showName(event), what })]
}

/** Findings on what is beside `properties`, where most records have nothing (TRK-43), and on ids that are not read. */
function misplacedFindings({ record, properties }: ValidEvent, distinctId: string): readonly Finding[] {
  const beside = hasMore(record) ? misplacedInEvent(record, properties) : NO_FINDINGS
  const misnamed = distinctId === '' ? misnamedId(properties) : misnamedUser(properties)
  const inside = misplacedInProperties(properties)
  if (misnamed === undefined && beside.length === 0) return inside
  return misnamed === undefined ? [...beside, ...inside] : [...beside, ...inside, misnamed]
}

const NO_FINDINGS: readonly Finding[] = []
const NO_PLACE = { properties: {}, findings: NO_FINDINGS }

/** True for a record with more members than `event` and `properties`. */
function hasMore(record: JsonObject): boolean {
  for (const name in record) if (name !== 'event' && name !== 'properties') return true
  return false
}

/** The size of `{"event":…,"properties":…}` as compact JSON, plus any other fields of the record (TRK-43). */
function recordBytes(valid: ValidEvent, propertiesBytes: number): number {
  const unreadBytes = valid.unread?.compactBytes ?? 0
  const storedBytes = Buffer.byteLength(valid.event) + propertiesBytes + unreadBytes + 26
  return hasMore(valid.record) ? Math.max(storedBytes, jsonBytes(valid.record)) : storedBytes
}

/** The text of an `$insert_id` on /track: any scalar, cut to the maximum length of a string; otherwise undefined. */
export function looseInsertId(value: Json | undefined): FittedText | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) ? { text: String(value), findings: [] } : undefined
  return typeof value === 'string' && value !== '' ? fitText(value, '$insert_id', 'chars') : undefined
}

/** A non-empty `$ignore` drops the event: true, a text, a number that is not 0 (TRK-35, CON-08). */
export function isIgnored(properties: JsonObject): boolean {
  return Boolean(properties['$ignore'])
}

/** The finding that drops a record sent to another region's host, or undefined (SEC-07). */
export function findRegionMismatch({
  project,
  host,
}: Pick<JudgeContext, 'project' | 'host'>): Finding | undefined {
  const { region } = project.settings
  if (region === null || regionOfHost(host) === region) return undefined
  return finding('region.mismatch', { region, host })
}
