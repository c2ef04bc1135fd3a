import type { Decision } from './identity/model.ts'
import { finding } from './verdict/finding.ts'

/** What an event beyond the limit of its id and day is stored as (TRK-39). */
export const HOT_SHARD_EVENT = '$hotshard_events'

/** An event that is about to be stored. */
export interface Arriving {
  readonly event: string
  /** The id that it is stored under. */
  readonly distinctId: string
  /** What identity has made of it, if anything. */
  readonly decision: Decision | undefined
}

/** The date of an arriving event, and how many events of its id and date the store has. */
export interface DayCount {
  readonly day: string
  readonly held: number
}

/**
 * Decides, in order, which events are beyond the limit of their id and day, and what becomes of them. In: for each
 * event its count, undefined for one without an id, which no limit is for. Out: the decisions about those beyond it, by
 * the place of the event.
 */
export function overflow(
  arriving: readonly Arriving[],
  counts: readonly (DayCount | undefined)[],
  limit: number,
): ReadonlyMap<number, Decision> {
  const added = new Map<string, number>()
  const decisions = new Map<number, Decision>()
  for (const [at, own] of arriving.entries()) {
    const count = counts[at]
    if (count === undefined) continue
    const key = JSON.stringify([own.distinctId, count.day])
    const held = count.held + (added.get(key) ?? 0)
    if (held >= limit) decisions.set(at, moveAway(own, count.day, limit))
    else added.set(key, (added.get(key) ?? 0) + 1)
  }
  return decisions
}

function moveAway({ event, distinctId, decision }: Arriving, day: string, limit: number): Decision {
  return {
    distinctId: '',
    event: HOT_SHARD_EVENT,
    changes: decision?.changes ?? [],
    annotations: {
      ...decision?.annotations,
      mp_original_event_name: event,
      mp_original_distinct_id: distinctId,
    },
    findings: [...(decision?.findings ?? []), finding('limit.hot_shard', { id: distinctId, limit, day })],
  }
}
