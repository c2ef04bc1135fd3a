/** Throughput of the two sides, round by round, per second. */
export interface Comparison {
  readonly ours: readonly number[]
  readonly baseline: readonly number[]
}

/** A side of a comparison: one round of it, answered with what it did per second. */
export type Side = () => Promise<number>

/**
 * Measures two sides in turn, because what else the machine does changes by the minute: each round runs both,
 * the odd ones in the other order. A first round that does not count warms both up.
 */
export async function compare(rounds: number, ours: Side, baseline: Side): Promise<Comparison> {
  const result: { ours: number[]; baseline: number[] } = { ours: [], baseline: [] }
  for (let round = 0; round <= rounds; round++) {
    const first = round % 2 === 0 ? await ours() : await baseline()
    const second = round % 2 === 0 ? await baseline() : await ours()
    if (round === 0) continue
    result.ours.push(round % 2 === 0 ? first : second)
    result.baseline.push(round % 2 === 0 ? second : first)
  }
  return result
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (lower + upper) / 2
}

/** Ours divided by the baseline, of each round. */
export function ratios({ ours, baseline }: Comparison): readonly number[] {
  return ours.map((value, round) => value / (baseline[round] ?? Number.NaN))
}
