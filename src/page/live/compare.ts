import type { Json, JsonObject, StoredEvent } from '../api/types.ts'

/** How one property changed between sending and storing. */
export type Change = 'same' | 'changed' | 'added' | 'removed'

/** A property, as sent and as stored; undefined if it was absent. */
export interface ComparedProperty {
  readonly name: string
  readonly sent: Json | undefined
  readonly stored: Json | undefined
  readonly change: Change
}

/** Compares a record's properties with those of its event: differences first, then by name. */
function compareProperties(sent: JsonObject, stored: JsonObject): readonly ComparedProperty[] {
  const names = [...new Set([...Object.keys(sent), ...Object.keys(stored)])]
  const compared = names.map((name) => {
    return { name, sent: sent[name], stored: stored[name], change: changeOf(sent[name], stored[name]) }
  })
  return compared.toSorted((a, b) => ORDER.indexOf(a.change) - ORDER.indexOf(b.change) || byName(a, b))
}

/**
 * The same for a record and its event, whose fields hold some of what was sent as properties. The token is the project,
 * and a time in seconds equals the same one in milliseconds.
 */
export function compareWithStored(sent: JsonObject, event: StoredEvent): readonly ComparedProperty[] {
  const { token: _project, ...named } = sent
  const time = toMs(sent['time'])
  return compareProperties(time === undefined ? named : { ...named, time }, {
    ...event.properties,
    ...(event.original_distinct_id !== '' && { distinct_id: event.original_distinct_id }),
    $insert_id: event.insert_id,
    time: event.time,
  })
}

/** Larger numbers are ms since the epoch, smaller ones seconds. */
const FIRST_MS = 100_000_000_000

function toMs(time: Json | undefined): Json | undefined {
  if (typeof time !== 'number') return time
  return Math.round(Math.abs(time) < FIRST_MS ? time * 1_000 : time)
}

const ORDER: readonly Change[] = ['changed', 'removed', 'added', 'same']

function changeOf(sent: Json | undefined, stored: Json | undefined): Change {
  if (sent === undefined) return 'added'
  if (stored === undefined) return 'removed'
  return canonical(sent) === canonical(stored) ? 'same' : 'changed'
}

/** The same text for values that differ only in the order of keys. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_name, member: Json) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

function byName(a: ComparedProperty, b: ComparedProperty): number {
  return a.name < b.name ? -1 : 1
}
