import { resolve } from 'node:path'
import type { DiskSpace } from '../embedded-postgres/disk-space.ts'
import type { Startup } from './startup.ts'

/** Watches the disk of the embedded Postgres, unless nobody keeps its data. */
export async function openDisk({ config, log, isEphemeral, parts }: Startup): Promise<DiskSpace | undefined> {
  if (config.databaseUrl !== undefined || isEphemeral) return undefined
  const embedded = await import('../embedded-postgres/disk-space.ts')
  const directory = resolve(config.dataDir)
  const disk = new embedded.DiskSpace({ directory, reserveBytes: config.diskReserveBytes, log })
  parts.push({ name: 'disk watch', stop: async () => disk.stop() })
  return disk
}
