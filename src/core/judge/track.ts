import { EVENT_TOO_LARGE, TIME_TOO_OLD } from '../answers/ingestion.ts'
import { describeMissing } from '../identity/placeholder.ts'
import { MAX_RECORD_BYTES, TRACK_WINDOW_MS } from '../limits.ts'
import { MS_PER_DAY } from '../normalise/time.ts'
import { NO_CARRIER } from '../refusals/endpoint.ts'
import { invalidTrackFinding } from '../refusals/event.ts'
import { explainInsertId } from '../refusals/insert-id.ts'
import { showName } from '../refusals/words.ts'
import type { TrackRecord, TrackRefusal } from '../validate/track.ts'
import { type Finding, finding } from '../verdict/finding.ts'
import { buildEvent, findRegionMismatch, isIgnored, looseInsertId, suspectUnit } from './build-event.ts'
import { identifyNoop } from './identify-noop.ts'
import type { JudgeContext, RecordOutcome } from './outcome.ts'

/**
 * Judges a structurally valid record of /track: TRK-28 to TRK-37, SEC-07, and for identity events DEC-01 (IDS-20,
 * IDS-21). A refusal is the text that `verbose=1` shows.
 */
export function judgeTrackRecord(valid: TrackRecord, context: JudgeContext): RecordOutcome<TrackRefusal> {
  const drop = findDrop(valid, context)
  if (drop !== undefined) {
    const isStale = drop.code === 'time.too_old_for_track'
    const findings = isStale
      ? [drop, ...suspectUnit(valid.properties, valid.timeMs ?? 0, context.nowMs)]
      : [drop]
    return isStale && context.project.settings.track_stale_response === '0'
      ? { kind: 'rejected', refusal: TIME_TOO_OLD, findings }
      : { kind: 'dropped', findings }
  }
  const insertId = looseInsertId(valid.properties['$insert_id'])
  const built = buildEvent({ ...valid, insertId, isImported: false }, context)
  if (built.event.sizeBytes > MAX_RECORD_BYTES) {
    return {
      kind: 'rejected',
      refusal: EVENT_TOO_LARGE,
      findings: [invalidTrackFinding(EVENT_TOO_LARGE, valid.record, NO_CARRIER)],
    }
  }
  const why = insertId === undefined ? replacedInsertId(valid) : sharedInsertId(insertId.text)
  return why === undefined
    ? { kind: 'stored', ...built }
    : { kind: 'stored', ...built, findings: [...built.findings, why] }
}

/** The finding on an `$insert_id` that stands where one is missing: other events have it too (DDP-09). */
function sharedInsertId(insertId: string): Finding | undefined {
  const what = describeMissing(insertId)
  return what === undefined
    ? undefined
    : finding('dedup.placeholder_insert_id', { insert_id: showName(insertId), what })
}

/** The finding on an `$insert_id` of a type that cannot be one, so that another was generated (DDP-05). */
function replacedInsertId({ record, properties }: TrackRecord): Finding | undefined {
  const sent = properties['$insert_id'] ?? ''
  if (sent === '') return undefined
  const { found, send } = explainInsertId(record, properties)
  return finding('value.repaired', { field: '$insert_id', reason: found, send })
}

/** Whole days; hundredths in the sixth day, so that the message never reads "5 days" for a record that is too old. */
function ageInDays(ageMs: number): number {
  const days = ageMs / MS_PER_DAY
  return days < 6 ? Math.ceil(days * 100) / 100 : Math.floor(days)
}

/** Why a record is answered with 1 and not stored, or undefined. */
function findDrop(valid: TrackRecord, context: JudgeContext): Finding | undefined {
  const mismatch = findRegionMismatch(context)
  if (mismatch !== undefined) return mismatch
  if (isIgnored(valid.properties)) return finding('event.ignored')
  const ageMs = valid.timeMs === undefined ? 0 : context.nowMs - valid.timeMs
  if (ageMs > TRACK_WINDOW_MS) {
    const [suspect] = suspectUnit(valid.properties, valid.timeMs ?? 0, context.nowMs)
    const send = suspect?.values['send'] ?? 'Send history to /import'
    return finding('time.too_old_for_track', { event: valid.event, days: ageInDays(ageMs), send })
  }
  if (context.project.idManagement !== 'simplified') return undefined
  if (valid.event === '$identify') return identifyNoop(valid.properties)
  return valid.event === '$create_alias' ? finding('identity.alias_noop_simplified') : undefined
}
