import { setTimeout as delay } from 'node:timers/promises'
import { CITUS_PROGRAMS } from '../support/citus-cluster.ts'
import type { Fault } from './fault.ts'

/** A fault of a coordinator with two workers, where TEST_CITUS_PROGRAMS names a Postgres with Citus. */
const onCitus = (fault: Pick<Fault, 'name' | 'title' | 'isInstant' | 'inflict'>): Fault => ({
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
]
