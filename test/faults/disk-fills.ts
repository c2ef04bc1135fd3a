import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fault } from './fault.ts'

const SIZE_MB = 400

/** A small file system. Out: its path, and what removes it; undefined where nobody may mount one. */
function mountSmall(sizeMb: number): { readonly path: string; readonly remove: () => void } | undefined {
  const path = mkdtempSync(join(tmpdir(), 'twinpanel-small-'))
  try {
    const how = ['-t', 'tmpfs', '-o', `size=${sizeMb}m,mode=0755`, 'twinpanel-small', path]
    execFileSync('mount', how, { stdio: 'ignore' })
  } catch {
    execFileSync('rmdir', [path])
    return undefined
  }
  return {
    path,
    remove: () => {
      execFileSync('umount', ['-l', path])
      execFileSync('rmdir', [path])
    },
  }
}

/** Fills a file system to its last byte. Out: makes room again. */
async function fillDisk(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'filler')
  const file = await open(path, 'w')
  for (const size of [1_048_576, 4_096]) {
    const piece = Buffer.alloc(size)
    while (
      await file.write(piece).then(
        ({ bytesWritten }) => bytesWritten === size,
        () => false,
      )
    );
  }
  await file.close()
  return () => rm(path, { force: true })
}

export const diskFills: Fault = {
  name: 'disk-fills',
  title: 'others fill the disk of the embedded Postgres to its last byte, for {othersMs}',
  stand: { isEmbedded: true },
  async prepare() {
    const small = mountSmall(SIZE_MB)
    if (small === undefined) return { skipped: 'a file system cannot be mounted here' }
    const stand = { isEmbedded: true, dataDir: join(small.path, 'data') }
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
