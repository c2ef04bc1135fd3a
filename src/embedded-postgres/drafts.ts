import { randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const abandonedAfterMs = 10 * 60_000
const mark = '.new-'

/** A name beside `target` under which it can be made, to be renamed into its place when it is whole. */
export function newDraft(target: string): string {
  return `${target}${mark}${randomBytes(6).toString('hex')}`
}

/**
 * Removes what starts that were killed left unfinished in `directory` of things whose names begin with `prefix`, but
 * nothing young: another server may be at work on it.
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
