/** How much to measure. More and longer rounds reduce noise. */
export interface Settings {
  readonly rounds: number
  readonly importBatches: number
  readonly importConnections: number
  readonly trackEvents: number
  readonly trackConnections: number
  readonly mergeEvents: number
  readonly resetEvents: number
  readonly waits: number
  readonly readEvents: number
  readonly growthEvents: number
  readonly exportEvents: number
}

/** Reads the settings from BENCH_… variables. Throws a sentence if one is not a whole number from 1. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const read = (name: string, otherwise: number): number => {
    const value = Number(env[name] ?? otherwise)
    if (Number.isInteger(value) && value >= 1) return value
    throw new Error(`${name} is ${env[name]}: it must be a whole number from 1`)
  }
  return {
    rounds: read('BENCH_ROUNDS', 7),
    importBatches: read('BENCH_IMPORT_BATCHES', 60),
    importConnections: read('BENCH_IMPORT_CONNECTIONS', 4),
    trackEvents: read('BENCH_TRACK_EVENTS', 20_000),
    trackConnections: read('BENCH_TRACK_CONNECTIONS', 64),
    mergeEvents: read('BENCH_MERGE_EVENTS', 1_000_000),
    resetEvents: read('BENCH_RESET_EVENTS', 100_000),
    waits: read('BENCH_WAITS', 100),
    readEvents: read('BENCH_READ_EVENTS', 2_000_000),
    growthEvents: read('BENCH_GROWTH_EVENTS', 10_000_000),
    exportEvents: read('BENCH_EXPORT_EVENTS', 200_000),
  }
}
