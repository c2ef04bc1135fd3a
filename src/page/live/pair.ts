import type { StoredEvent, Verdict } from '../api/types.ts'
import { idsOf, isObject, type LiveRow, propertiesOf } from './row.ts'

/** A key shared by an event and the verdicts on it: they were received in the same millisecond, under the same name. */
export function placeOf(receivedMs: number, name: string): string {
  return `${receivedMs}|${name}`
}

/**
 * The line that a verdict belongs to. In: the lines with its key. An $insert_id decides if the record has one,
 * otherwise the user, and among several events of a user the one most similar to the record.
 */
export function findOwner(verdict: Verdict, rows: readonly LiveRow[]): LiveRow | undefined {
  const { record_index, record, endpoint } = verdict
  const known = rows.find((row) =>
    row.verdicts.some(
      (other) => record_index !== null && other.record_index === record_index && other.endpoint === endpoint,
    ),
  )
  if (known !== undefined || !isObject(record)) return known
  const free = rows.filter((row) => row.stored !== undefined && row.verdicts.length === 0)
  return free
    .filter(({ stored }) => stored !== undefined && isLike(verdict, stored))
    .toSorted((a, b) => likeness(verdict, b) - likeness(verdict, a))[0]
}

/** The line of the record that became this event; undefined if no verdict came before it. */
export function findRecord(event: StoredEvent, rows: readonly LiveRow[]): LiveRow | undefined {
  return rows.find(
    (row) => row.stored === undefined && row.verdicts.some((verdict) => isLike(verdict, event)),
  )
}

function isLike({ record, outcome }: Verdict, event: StoredEvent): boolean {
  if (outcome === 'dropped' || outcome === 'rejected') return false
  const insertId = propertiesOf(record)['$insert_id']
  if (typeof insertId === 'string' && insertId === event.insert_id) return true
  const ids = idsOf(record)
  return ids.length === 0
    ? event.original_distinct_id === ''
    : ids.includes(event.original_distinct_id) || ids.includes(event.distinct_id)
}

/** The number of the record's properties that the event has with the same value. */
function likeness({ record }: Verdict, row: LiveRow): number {
  const stored = row.stored?.properties ?? {}
  const sent = Object.entries(propertiesOf(record))
  return sent.filter(([name, value]) => JSON.stringify(stored[name]) === JSON.stringify(value)).length
}
