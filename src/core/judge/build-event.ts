import type { StoredEvent } from '../event.ts'
import { eventPlace } from '../geo/place.ts'
import { locate, serverLocationFindings } from '../geo/sources.ts'
import { identifiedIdOf, idsOfVerb, mergedIdsOf, readClaim } from '../identity/claim.ts'
import { assignIds } from '../identity/distinct-id.ts'
import type { Claim } from '../identity/model.ts'
import { placeholderFindings } from '../identity/placeholder.ts'
import type { Json, JsonObject } from '../json.ts'
import { jsonBytes } from '../measure.ts'
import { type FittedText, fitText } from '../normalise/fit-text.ts'
import { toStoredProperties } from '../normalise/properties.ts'
import { parseTimeMs } from '../normalise/time.ts'
import { regionOfHost } from '../project.ts'
import { readTime } from '../validate/track.ts'
import { type Finding, finding } from '../verdict/finding.ts'
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
  const fallback = () => verbSubject(valid) ?? context.fallbackDistinctId()
  const ids = assignIds(mode, valid.properties, fallback)
  const unit = project.settings.string_limit_unit
  const geo = locateEvent(valid, ids.distinctId, context)
  const replaced = { ...ids.properties, ...consumedFallbacks(valid.properties), ...geo.properties }
  const stored = toStoredProperties(valid.properties, replaced, unit)
  const name = fitText(valid.event, 'event', unit)
  const time = resolveTime(valid, nowMs)
  const claim = readClaim(mode, valid.event, valid.properties, ids)
  const findings = ids.findings.concat(
    claim === undefined || claim.kind === 'event'
      ? []
      : placeholderFindings(idsOfVerb(claim, valid.properties)),
    stored.findings,
    time.findings,
    name.findings,
    valid.insertId?.findings ?? [],
    geo.findings,
  )
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
    },
    claim,
    findings,
  }
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
    // The address that was sent was ignored in favour of the request's, which is not known (GEO-04).
    const isWasted = geo.usesRequestIp && typeof sent === 'string' && sent !== '0'
    const what = `${geo.requestIp}, the address of the request, is not known`
    return { properties: {}, findings: isWasted ? [finding('geo.server_location', { what })] : [] }
  }
  const place = Object.entries(eventPlace(located.place)).filter(([name]) => properties[name] === undefined)
  return { properties: Object.fromEntries(place), findings: serverLocationFindings(located, distinctId, geo) }
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
  if (timeMs === undefined) return { timeMs: nowMs, findings: [] }
  const suspect = suspectUnit(valid.properties, timeMs)
  if (timeMs <= nowMs) return { timeMs, findings: suspect }
  const delta = Math.ceil((timeMs - nowMs) / 1_000)
  return { timeMs: nowMs, findings: [finding('time.future_overwritten', { delta_s: delta }), ...suspect] }
}

const YEAR_1980_MS = 315_532_800_000
const YEAR_2101_MS = 4_133_980_800_000

/** The finding on a time before 1980 or after 2100, which is probably in the wrong unit (TRK-31). */
export function suspectUnit(properties: JsonObject, timeMs: number): readonly Finding[] {
  if (timeMs >= YEAR_1980_MS && timeMs < YEAR_2101_MS) return []
  const value = String(readTime(properties))
  return [finding('time.unit_suspect', { value, date: new Date(timeMs).toISOString() })]
}

/** The size of `{"event":…,"properties":…}` as compact JSON, plus any other fields of the record (TRK-43). */
function recordBytes(valid: ValidEvent, propertiesBytes: number): number {
  const storedBytes = Buffer.byteLength(valid.event) + propertiesBytes + 26
  return Object.keys(valid.record).length <= 2 ? storedBytes : Math.max(storedBytes, jsonBytes(valid.record))
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
export function findRegionMismatch(context: JudgeContext): Finding | undefined {
  const { region } = context.project.settings
  if (region === null || regionOfHost(context.host) === region) return undefined
  return finding('region.mismatch', { region, host: context.host })
}
