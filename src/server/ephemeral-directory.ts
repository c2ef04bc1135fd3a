import { chmod, lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { err, ok, type Result } from '../core/result.ts'
import { codeOf, type StartError } from '../start-error.ts'

const prefix = 'twinpanel-ephemeral-'
const ownerFile = 'owner.json'

/** The process that made an ephemeral directory. */
interface Owner {
  readonly pid: number
  /** When it was started, in the units of /proc; null on systems without it. Tells it from a later process with its id. */
  readonly started: string | null
  /** The machine, and the container: process ids mean nothing in another one. */
  readonly place: string
}

/** Makes a data directory that this process owns, below the directory for temporary files. Out: its path. */
export async function makeEphemeralDirectory(): Promise<Result<string, StartError>> {
  try {
    const path = await mkdtemp(join(tmpdir(), prefix))
    await writeFile(join(path, ownerFile), JSON.stringify(await ownerOf(process.pid)), { mode: 0o600 })
    // Postgres runs as another user then, who must be able to enter; its own directory is closed to others.
    if (process.getuid?.() === 0) await chmod(path, 0o755)
    return ok(path)
  } catch (error) {
    const sentence = `The directory for temporary files, ${tmpdir()}, cannot be written to (${codeOf(error)})`
    return err({
      code: 'data_dir_unusable',
      message: `${sentence}. Set TMPDIR to another, or name a data directory.`,
    })
  }
}

/** Removes an ephemeral directory, whose Postgres has been stopped. */
export async function removeEphemeralDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5 })
}

/**
 * Removes the ephemeral directories that killed processes of this user left, and stops their Postgres. Others are left:
 * those of another user, machine or container, of a running process, and those without the file that names the owner.
 */
export async function removeAbandonedDirectories(log: Logger): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names.filter((entry) => entry.startsWith(prefix))) {
    const path = join(tmpdir(), name)
    try {
      if (await isAbandoned(path)) await removeAbandoned(path, log)
    } catch (error) {
      log.debug({ err: error }, `the abandoned directory ${path} could not be removed`)
    }
  }
}

async function removeAbandoned(path: string, log: Logger): Promise<void> {
  const { stopAbandonedPostgres } = await import('../embedded-postgres/orphan.ts')
  if (await stopAbandonedPostgres(path, log)) await removeEphemeralDirectory(path)
}

async function isAbandoned(path: string): Promise<boolean> {
  const found = await lstat(path)
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) return false
  const owner: Partial<Owner> = JSON.parse(await readFile(join(path, ownerFile), 'utf8'))
  if (typeof owner.pid !== 'number' || owner.place !== (await placeOf())) return false
  return !isRunning(owner.pid) || owner.started !== (await startedOf(owner.pid))
}

async function ownerOf(pid: number): Promise<Owner> {
  return { pid, started: await startedOf(pid), place: await placeOf() }
}

async function placeOf(): Promise<string> {
  return `${hostname()} ${await readlink('/proc/self/ns/pid').catch(() => '')}`
}

async function startedOf(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // pid (name) state …; the name may contain parentheses and blanks. The start is the 22nd field.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
