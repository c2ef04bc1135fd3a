import { MAX_WORKERS } from '../config.ts'

/** The part of the processors that an embedded Postgres leaves: it takes 30 % of the time of a `/track` (docs/performance.md). */
const LEFT_BY_POSTGRES = 2 / 3

/**
 * The number of processes that TWINPANEL_WORKERS=auto means. One process more than the processors can run costs
 * throughput: each then commits smaller groups. In: the processors of this machine; whether it runs the embedded Postgres.
 */
export function autoWorkers(processors: number, hasEmbeddedPostgres: boolean): number {
  const left = hasEmbeddedPostgres ? Math.floor(processors * LEFT_BY_POSTGRES) : processors
  return Math.max(1, Math.min(left, MAX_WORKERS))
}
