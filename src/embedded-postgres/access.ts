import { realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Account } from './user.ts'

/**
 * The outermost directory on the path to `path` (absolute, included) that `account` may not enter, or undefined.
 * Missing directories do not count. Checks mode bits: a process started with another uid keeps no supplementary groups.
 */
export async function findBlockedDirectory(path: string, account: Account): Promise<string | undefined> {
  const directories: string[] = []
  for (let directory = await firstExisting(path); ; directory = dirname(directory)) {
    directories.unshift(directory)
    if (directory === dirname(directory)) break
  }
  for (const directory of directories) {
    const found = await stat(directory).catch(() => undefined)
    if (found?.isDirectory() && !mayEnter(found, account)) return directory
  }
  return undefined
}

/** The longest part of the path that exists, with symbolic links resolved. */
async function firstExisting(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined)
  return real ?? (dirname(path) === path ? path : await firstExisting(dirname(path)))
}

function mayEnter(directory: { mode: number; uid: number; gid: number }, account: Account): boolean {
  if (directory.uid === account.uid) return (directory.mode & 0o100) !== 0
  if (directory.gid === account.gid) return (directory.mode & 0o010) !== 0
  return (directory.mode & 0o001) !== 0
}
