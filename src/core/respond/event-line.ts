import type { StoredEvent } from '../event.ts'

/** A stored event with what readers get in addition. */
export interface ReadableEvent extends Omit<StoredEvent, 'projectId'> {
  /** The distinct_id of the user it belongs to now. */
  readonly canonicalId: string
  /** It belonged to another user when it was stored. */
  readonly isReshuffled: boolean
}

/** What the server adds to every event (TRK-36, IMP-24), as JSON members without braces. */
function addedMembers(row: ReadableEvent, apiEndpoint: string): string {
  const imported = row.isImported ? ',"$import":true' : ''
  return (
    `${identityMembers(row)}"$mp_api_endpoint":${JSON.stringify(apiEndpoint)},"$mp_api_timestamp_ms":${row.receivedAtMs},` +
    `"mp_processing_time_ms":${row.receivedAtMs},"$mp_event_size":${row.sizeBytes}${imported}`
  )
}

/** The members of an event that belongs to another id than it was sent with (IDS-26, IDO-26). */
function identityMembers({ distinctId, canonicalId, isReshuffled }: ReadableEvent): string {
  if (distinctId === canonicalId) return ''
  const sentId = JSON.stringify(distinctId)
  const reshuffled = isReshuffled ? `"$is_reshuffled":true,"$preshuffle_distinct_id":${sentId},` : ''
  return `"$distinct_id_before_identity":${sentId},${reshuffled}`
}

/** The members of a JSON object's text, preceded by a comma if there are any. */
function storedMembers(propertiesJson: string): string {
  const members = propertiesJson.slice(1, -1)
  return members === '' ? '' : `,${members}`
}

/** An event's properties with those that the server adds, as the text of a JSON object. */
export function readableProperties(row: ReadableEvent, apiEndpoint: string): string {
  return `{${addedMembers(row, apiEndpoint)}${storedMembers(row.propertiesJson)}}`
}

/**
 * A line of the raw export, newline included (QRY-02 to QRY-04). `time` is in whole seconds unless `isTimeInMs`. The
 * stored JSON is inserted as text, without parsing.
 */
export function exportLine(row: ReadableEvent, apiEndpoint: string, isTimeInMs: boolean): string {
  const time = isTimeInMs ? row.timeMs : Math.floor(row.timeMs / 1_000)
  return (
    `{"event":${JSON.stringify(row.event)},"properties":{"time":${time},` +
    `"distinct_id":${JSON.stringify(row.canonicalId)},"$insert_id":${JSON.stringify(row.insertId)},` +
    `${addedMembers(row, apiEndpoint)}${storedMembers(row.propertiesJson)}}}\n`
  )
}
