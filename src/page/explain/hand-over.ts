import type { ExplainBody } from '../../twin/schemas.ts'
import type { Json, JsonObject } from '../api/types.ts'
import { isObject, type LiveRow } from '../live/row.ts'
import { goTo } from '../state/route.ts'
import { endpoint, text } from './state.ts'

/** True for a record with an event, which can be explained; a profile update cannot. */
export function isExplainable(row: LiveRow): boolean {
  return row.stored !== undefined || (isObject(row.sent) && typeof row.sent['event'] === 'string')
}

/** Opens the explain view with a record of the live list. In: the project's token, for a record without one. */
export function explainRow(row: LiveRow, token: string): void {
  text.value = JSON.stringify([recordOf(row, token)], null, 2)
  endpoint.value = endpointOf(row)
  goTo({ view: 'explain' })
}

function endpointOf(row: LiveRow): NonNullable<ExplainBody['endpoint']> {
  return row.verdicts[0]?.endpoint.startsWith('/import') ? 'import' : 'track'
}

/** The record as it was sent; where only the event is known, one that says the same. */
export function recordOf({ sent, stored }: LiveRow, token: string): Json {
  if (isObject(sent)) return sent
  if (stored === undefined) return null
  const { event, properties, original_distinct_id, time, insert_id } = stored
  const own: JsonObject = { token, ...properties, time, $insert_id: insert_id }
  // Beside these two a distinct_id is not what was sent but what came of them.
  const hasIds = '$device_id' in properties || '$user_id' in properties
  const isNobody = original_distinct_id === ''
  return {
    event,
    properties: hasIds || isNobody ? own : { ...own, distinct_id: original_distinct_id },
  }
}
