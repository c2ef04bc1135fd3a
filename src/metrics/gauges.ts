import type { Metrics, QueueName } from './metrics.ts'

/** The counts of a pg pool. */
interface Pool {
  readonly totalCount: number
  readonly idleCount: number
  readonly waitingCount: number
}

/** The counts of a commit queue. */
interface Queue {
  readonly waitingBytes: number
  readonly waitingRequests: number
}

/** The parts of a server to monitor. */
export interface Watched {
  /** By purpose. */
  readonly pools: Readonly<Record<string, Pool>>
  readonly queues: Readonly<Record<QueueName, Queue>>
  readonly underWay: { readonly total: number }
  readonly isEmbedded: boolean
}

/** Registers gauges of queues, connections and reads, which are read at each scrape. */
export function watchServer(metrics: Metrics, { pools, queues, underWay, isEmbedded }: Watched): void {
  const ofPools = (read: (pool: Pool) => number) => () =>
    Object.entries(pools).map(([pool, state]) => ({ value: read(state), labels: { pool } }))
  const ofQueues = (read: (queue: Queue) => number) => () =>
    Object.entries(queues).map(([queue, state]) => ({ value: read(state), labels: { queue } }))
  const bytes = ofQueues((queue) => queue.waitingBytes)
  const requests = ofQueues((queue) => queue.waitingRequests)
  metrics.watch('twinpanel_queue_bytes', 'Bytes that wait to be committed, roughly.', bytes)
  metrics.watch('twinpanel_queue_requests', 'Requests that wait to be committed.', requests)
  const total = ofPools((pool) => pool.totalCount)
  const idle = ofPools((pool) => pool.idleCount)
  const waiting = ofPools((pool) => pool.waitingCount)
  metrics.watch('twinpanel_pool_connections', 'Connections to the database.', total)
  metrics.watch('twinpanel_pool_idle_connections', 'Connections that nobody uses.', idle)
  metrics.watch('twinpanel_pool_waiting', 'Statements and transactions that wait for a connection.', waiting)
  metrics.watch('twinpanel_reads', 'Queries and exports that are being answered.', () => underWay.total)
  const database = isEmbedded ? 'embedded' : 'external'
  metrics.watch('twinpanel_info', 'Whose database it is.', () => [{ value: 1, labels: { database } }], 'max')
}
