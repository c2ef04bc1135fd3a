import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A small file system. Out: its path, and what removes it; undefined where nobody may mount one. */
export function mountSmall(
  sizeMb: number,
): { readonly path: string; readonly remove: () => void } | undefined {
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
export async function fillDisk(directory: string): Promise<() => Promise<void>> {
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
