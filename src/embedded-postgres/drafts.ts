import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const abandonedAfterMs = 10 * 60_000
const mark = '.new-'

/** A temporary name next to `target`, to be renamed to it once complete. */
export function newDraft(target: string): string {
  return `${target}${mark}${randomBytes(6).toString('hex')}`
}

/**
 * Removes drafts that killed processes left in `directory`, by the prefix of their names, except recent ones, which
 * another server may be working on.
 */
export async function removeAbandonedDrafts(directory: string, prefix: string): Promise<void> {
  const entries = await readdir(directory).catch(() => [])
  for (const name of entries.filter((entry) => entry.startsWith(prefix) && entry.includes(mark))) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedAfterMs) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined)
    }
  }
}
