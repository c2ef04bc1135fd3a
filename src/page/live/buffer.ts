import type { StoredEvent, Verdict } from '../api/types.ts'
import { findOwner, findRecord, placeOf } from './pair.ts'
import { eventRow, type LiveRow, verdictRow } from './row.ts'

/** The newest lines, up to a capacity; matches verdicts with their events in both directions. */
export class LiveBuffer {
  readonly #capacity: number
  /** In the order of arrival. */
  readonly #rows = new Map<string, LiveRow>()
  readonly #places = new Map<string, Set<string>>()

  #room: number

  /** In: the maximum number of lines. */
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#room = capacity
  }

  /** Adds an event, or a new version of a known one. True if it makes a new line. */
  addEvent(event: StoredEvent): boolean {
    const known = this.#rows.get(eventRow(event).key)?.stored
    if (known?.received_at === event.received_at && known.distinct_id === event.distinct_id) return false
    const record = findRecord(event, this.#at(Date.parse(event.received_at), event.event))
    const row = eventRow(event, record?.verdicts)
    if (record !== undefined) this.#remove(record)
    const before = this.#rows.get(row.key)
    if (before === undefined) return this.#put(row)
    const isAgain = row.receivedMs > before.receivedMs
    if (isAgain) this.#remove(before)
    return this.#put(isAgain ? row : eventRow(event, before.verdicts)) && isAgain
  }

  /** Adds a verdict. True if it makes a new line. */
  addVerdict(verdict: Verdict): boolean {
    const row = verdictRow([verdict])
    const owner = findOwner(verdict, this.#at(row.receivedMs, row.name))
    if (owner === undefined) return this.#put(row)
    if (owner.verdicts.some(({ id }) => id === verdict.id)) return false
    const [first, ...rest] = [...owner.verdicts, verdict].toSorted((a, b) => Number(a.id) - Number(b.id))
    if (first === undefined) return false
    const verdicts = [first, ...rest] as const
    const fresh = owner.stored === undefined ? verdictRow(verdicts) : eventRow(owner.stored, verdicts)
    this.#rows.set(owner.key, { ...fresh, key: owner.key })
    return false
  }

  clear(): void {
    this.#rows.clear()
    this.#places.clear()
  }

  /** The number of lines. */
  get size(): number {
    return this.#rows.size
  }

  /** The lines, newest first. */
  newestFirst(): readonly LiveRow[] {
    return [...this.#rows.values()].reverse()
  }

  /** Adds earlier activity, in any order; what is too old for the capacity is left out. */
  addBacklog(events: readonly StoredEvent[], verdicts: readonly Verdict[]): void {
    this.#room = Number.POSITIVE_INFINITY
    for (const event of events) this.addEvent(event)
    for (const verdict of verdicts) this.addVerdict(verdict)
    this.#room = this.#capacity
    const rows = [...this.#rows.values()].toSorted(byArrival)
    this.#rows.clear()
    for (const row of rows) this.#rows.set(row.key, row)
    for (const row of rows.slice(0, -this.#capacity)) this.#remove(row)
  }

  #at(receivedMs: number, name: string): readonly LiveRow[] {
    const keys = this.#places.get(placeOf(receivedMs, name)) ?? []
    return [...keys].map((key) => this.#rows.get(key)).filter((row) => row !== undefined)
  }

  #put(row: LiveRow): boolean {
    this.#rows.set(row.key, row)
    const place = placeOf(row.receivedMs, row.name)
    this.#places.set(place, (this.#places.get(place) ?? new Set()).add(row.key))
    const [oldest] = this.#rows.values()
    if (this.#rows.size > this.#room && oldest !== undefined) this.#remove(oldest)
    return true
  }

  #remove(row: LiveRow): void {
    this.#rows.delete(row.key)
    const place = placeOf(row.receivedMs, row.name)
    const keys = this.#places.get(place)
    keys?.delete(row.key)
    if (keys?.size === 0) this.#places.delete(place)
  }
}

/** The order of arrival; lines of one request are in the order of their times. */
export function byArrival(a: LiveRow, b: LiveRow): number {
  return a.receivedMs - b.receivedMs || (a.stored?.time ?? 0) - (b.stored?.time ?? 0)
}
