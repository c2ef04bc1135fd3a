import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { CITUS_PROGRAMS } from '../support/citus-cluster.ts'
import type { Fault } from './fault.ts'

/** A fault of a coordinator with two workers, where TEST_CITUS_PROGRAMS names a Postgres with Citus. */
const onCitus = (
  fault: Pick<Fault, 'name' | 'title' | 'isInstant' | 'mayGoUnnoticed' | 'inflict'>,
): Fault => ({
  ...fault,
  stand: { hasCitus: true },
  prepare: async () =>
    CITUS_PROGRAMS === undefined
      ? { skipped: 'TEST_CITUS_PROGRAMS is not set' }
      : { stand: { hasCitus: true }, remove: async () => undefined },
})

export const CITUS_FAULTS: readonly Fault[] = [
  onCitus({
    name: 'citus-worker-killed',
    title: '`kill -9` of a worker of Citus',
    isInstant: true,
    async inflict({ citus }, { random }) {
      const worker = citus.workers[random() < 0.5 ? 0 : 1]
      await worker?.stop('SIGKILL')
      await worker?.start()
    },
  }),
  onCitus({
    name: 'citus-coordinator-killed',
    title: '`kill -9` of the coordinator of Citus',
    isInstant: true,
    async inflict({ citus: { coordinator } }) {
      await coordinator.stop('SIGKILL')
      await coordinator.start()
    },
  }),
  onCitus({
    name: 'citus-worker-stopped',
    title: 'a worker of Citus is stopped for {stoppedMs}',
    async inflict({ citus }, { stoppedMs, random }) {
      const worker = citus.workers[random() < 0.5 ? 0 : 1]
      await worker?.stop('SIGINT')
      await delay(stoppedMs)
      await worker?.start()
    },
  }),
  onCitus({
    name: 'citus-rebalanced',
    title: 'a third worker is added to Citus, and gets its share of the shards',
    mayGoUnnoticed: true,
    async inflict({ citus }) {
      const { port } = new URL((await citus.addWorker()).url)
      const client = new Client({ connectionString: citus.coordinator.url })
      await client.connect()
      await client.query(REBALANCE)
      await client.query(WAIT_FOR_REBALANCE)
      const { rows } = await client.query(SHARDS_ON, [Number(port)])
      await client.end()
      if (rows.length === 0) throw new Error('the new worker has no shards')
    },
  }),
]

const REBALANCE = 'select citus_rebalance_start()'
const WAIT_FOR_REBALANCE = 'select citus_rebalance_wait()'
const SHARDS_ON = "select from citus_shards where nodeport = $1 and table_name = 'event'::regclass"
