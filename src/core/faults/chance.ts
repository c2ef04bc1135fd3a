import type { Fault } from './fault.ts'

const TWO_TO_32 = 4_294_967_296

/** How often a fault has matched and fired so far. */
export interface FaultCounts {
  readonly matched: number
  readonly fired: number
}

/**
 * True if a fault fires on its next match. `position` is its index in the list, so that faults with the same seed do
 * not fire together.
 */
export function firesNext(fault: Fault, position: number, { matched, fired }: FaultCounts): boolean {
  if (matched < (fault.skip ?? 0)) return false
  if (fired >= (fault.times ?? Number.POSITIVE_INFINITY)) return false
  return chanceAt(fault.seed ?? 0, position, matched) < (fault.probability ?? 1)
}

/**
 * A number from 0 up to but not including 1, evenly distributed and the same for the same three integers. Any draw can
 * be computed without the earlier ones, so there is no state.
 */
export function chanceAt(seed: number, position: number, draw: number): number {
  const ofFault = scatter(seed ^ Math.imul(position + 1, 0x9e3779b1))
  return scatter(ofFault ^ Math.imul(draw + 1, 0x85ebca6b)) / TWO_TO_32
}

/** Mixes 32 bits so that each depends on all: the finalizer of MurmurHash3. */
function scatter(bits: number): number {
  let hash = bits
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
