import { lstat, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** The directory where programs keep what they can make again, by the customs of the system. */
function systemCache(env: Readonly<Record<string, string | undefined>>): string {
  if (process.platform === 'win32') return env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches')
  const given = env['XDG_CACHE_HOME']
  // A relative path is invalid, says the specification.
  return given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache')
}

/**
 * Creates a directory of that name in the cache of the current user. Undefined if there cannot be one, or if other users
 * could have put something into it: sudo may keep the home directory of the user who calls it.
 */
export async function findCacheDirectory(name: string): Promise<string | undefined> {
  try {
    const own = join(systemCache(process.env), 'twinpanel')
    const path = join(own, name)
    await mkdir(path, { recursive: true, mode: 0o700 })
    const isPrivate = (await Promise.all([own, path].map(isOurs))).every(Boolean)
    return isPrivate ? path : undefined
  } catch {
    return undefined
  }
}

async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path)
  if (process.platform === 'win32') return found.isDirectory()
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0
}
