import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fillDisk, mountSmall } from '../support/small-disk.ts'
import type { Fault } from './fault.ts'

const SIZE_MB = 400

export const diskFills: Fault = {
  name: 'disk-fills',
  title: 'others fill the disk of the embedded Postgres to its last byte, for {othersMs}',
  stand: { isEmbedded: true },
  async prepare() {
    const small = mountSmall(SIZE_MB)
    if (small === undefined) return { skipped: 'a file system cannot be mounted here' }
    // Without the reserve, which would refuse records before the disk is full.
    const env = { TWINPANEL_DISK_RESERVE_MB: '0' }
    const stand = { isEmbedded: true, dataDir: join(small.path, 'data'), env }
    return { stand, remove: async () => small.remove() }
  },
  async inflict({ dataDir = '' }, { othersMs }) {
    const directory = join(dataDir, '..')
    const free = await fillDisk(directory)
    const untilMs = performance.now() + othersMs
    while (performance.now() < untilMs) {
      await delay(100)
      // What Postgres has removed is taken, too.
      await fillDisk(directory)
    }
    await free()
  },
}
