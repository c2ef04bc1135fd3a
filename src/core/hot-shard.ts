import type { Decision } from './identity/model.ts'
import { finding } from './verdict/finding.ts'

/** The name of an event that is over the limit of its id and day (TRK-39). */
const HOT_SHARD_EVENT = '$hotshard_events'

/** An event that is about to be stored. */
export interface Arriving {
  readonly event: string
  /** The id that it is stored under. */
  readonly distinctId: string
  /** The identity decision on it, if there is one. */
  readonly decision: Decision | undefined
}

/** The date of an arriving event, and how many events the store has of its id and date. */
export interface DayCount {
  readonly day: string
  readonly held: number
}

/**
 * Decides in order which events are over the limit of their id and day. In: for each event its count; undefined for an
 * event without an id, which has no limit. Out: the decisions on those over the limit, by index.
 */
export function overflow(
  arriving: readonly Arriving[],
  counts: readonly (DayCount | undefined)[],
  limit: number,
): ReadonlyMap<number, Decision> {
  const added = new Map<string, number>()
  const decisions = new Map<number, Decision>()
  for (const [at, event] of arriving.entries()) {
    const count = counts[at]
    if (count === undefined) continue
    const key = JSON.stringify([event.distinctId, count.day])
    const held = count.held + (added.get(key) ?? 0)
    if (held >= limit) decisions.set(at, moveAway(event, count.day, limit))
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
