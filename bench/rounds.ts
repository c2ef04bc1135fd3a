/** Throughput of the two sides per second, by round. */
export interface Comparison {
  readonly ours: readonly number[]
  readonly baseline: readonly number[]
}

/** Runs one round of a side. Out: its throughput per second. */
export type Side = () => Promise<number>

/**
 * Measures two sides alternately, because the load from other processes changes by the minute: each round runs both,
 * odd rounds in the reverse order. A first round that does not count warms both up.
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

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (lower + upper) / 2
}

/** Ours divided by the baseline, for each round. */
export function ratios({ ours, baseline }: Comparison): readonly number[] {
  return ours.map((value, round) => value / (baseline[round] ?? Number.NaN))
}
