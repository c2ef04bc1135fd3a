import {
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { err, ok, type Result } from '../core/result.ts'
import { findBlockedDirectory } from './access.ts'
import type { Binaries } from './binaries.ts'
import { newDraft, removeAbandonedDrafts } from './drafts.ts'
import { reasonOf } from './error.ts'
import { runProgram } from './run-program.ts'
import type { Account } from './user.ts'

/** Where programs may be copied to, best place first: a temporary directory may be cleaned up. */
export const programPlaces: readonly string[] = ['/var/lib/twinpanel', join(tmpdir(), 'twinpanel-programs')]

/** Files needed only to link other programs against Postgres. */
const notToRun = /\.a$|^(?:pkgconfig|include)$/

/** Programs that `account` can reach, and whether they were copied just now. */
export interface ReachablePrograms {
  readonly binaries: Binaries
  readonly copied: boolean
}

/**
 * Finds or makes a copy of the programs for an account that cannot enter the directory where they are installed. A copy
 * is made next to its place, tried, and renamed, so that an existing copy is complete. A place is trusted only if
 * only root could have put anything there. Errors: the reason for each place. Root only.
 */
export async function copyPrograms(
  binaries: Binaries,
  account: Account,
  places: readonly string[],
): Promise<Result<ReachablePrograms, string>> {
  const reasons: string[] = []
  for (const place of places) {
    const target = join(place, `postgres-${binaries.version}-${process.arch}`)
    const reason = await preparePlace(place, account)
    const made = reason === undefined ? await findOrCopy(binaries, account, target) : err(reason)
    if (made.ok) return ok({ binaries: relocate(binaries, target), copied: made.value })
    reasons.push(`${place} (${made.error})`)
  }
  return err(reasons.join(', '))
}

/** Creates a place. Returns why it cannot be used. */
async function preparePlace(place: string, account: Account): Promise<string | undefined> {
  try {
    await makePlace(place)
    const suspect = await findSuspect(place)
    if (suspect !== undefined) return `${suspect} is not root's alone`
    await removeAbandonedDrafts(place, 'postgres-')
  } catch (error) {
    return reasonOf(error)
  }
  const blocked = await findBlockedDirectory(place, account)
  return blocked === undefined ? undefined : `user id ${account.uid} cannot enter ${blocked}`
}

async function makePlace(place: string): Promise<void> {
  try {
    await mkdir(place)
    // Root's umask may be 077.
    await chmod(place, 0o755)
  } catch (error) {
    if (reasonOf(error) !== 'EEXIST') throw error
  }
}

/** The innermost directory on a place's path in which a user other than root may have changed something. */
async function findSuspect(place: string): Promise<string | undefined> {
  const ways = [place]
  for (let way = await realpath(dirname(place)); ways.at(-1) !== way; way = dirname(way)) ways.push(way)
  for (const way of ways) {
    const found = await lstat(way)
    // In a sticky directory such as /tmp, other users cannot replace root's files.
    const isWritable = (found.mode & 0o022) !== 0 && (way === place || (found.mode & 0o1000) === 0)
    if (!found.isDirectory() || found.uid !== 0 || isWritable) return way
  }
  return undefined
}

/** True if a copy was made, false if there was one. */
async function findOrCopy(
  binaries: Binaries,
  account: Account,
  target: string,
): Promise<Result<boolean, string>> {
  if (await isThere(target)) return ok(false)
  const draft = newDraft(target)
  try {
    await copyTree(dirname(binaries.directory), draft)
    const end = await runProgram(relocate(binaries, draft).postgres, ['--version'], { account })
    if (end.code !== 0) return err(`programs do not run there: ${end.output.trim()}`)
    await rename(draft, target)
    return ok(true)
  } catch (error) {
    // Another server may have been faster.
    return (await isThere(target)) ? ok(false) : err(reasonOf(error))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true
}

/** Copies files, links and directories, readable for all users and writable only for their owner, root. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  const entries = await readdir(from, { withFileTypes: true })
  for (const entry of entries.filter(({ name }) => !notToRun.test(name))) {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, copy)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), copy)
    else {
      await copyFile(source, copy, constants.COPYFILE_FICLONE)
      const isProgram = ((await lstat(source)).mode & 0o111) !== 0
      await chmod(copy, isProgram ? 0o755 : 0o644)
    }
  }
}

function relocate(binaries: Binaries, root: string): Binaries {
  const directory = join(root, basename(binaries.directory))
  return {
    ...binaries,
    postgres: join(directory, basename(binaries.postgres)),
    initdb: join(directory, basename(binaries.initdb)),
    pgCtl: join(directory, basename(binaries.pgCtl)),
    directory,
  }
}
