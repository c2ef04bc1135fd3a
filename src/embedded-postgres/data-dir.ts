import { access, chmod, constants, mkdir, readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { ok, type Result } from '../core/result.ts'
import type { Binaries } from './binaries.ts'
import { type EmbeddedPostgresError, reasonOf, refuse } from './error.ts'
import type { Layout } from './layout.ts'

const otherDirectory = 'Set TWINPANEL_DATA_DIR to another directory'

/** Creates the data directory and checks that it is writable. */
export async function prepareDataDir(layout: Layout): Promise<Result<void, EmbeddedPostgresError>> {
  try {
    const outermost = await mkdir(layout.dataDir, { recursive: true })
    // Root's umask may be 077; new directories must stay open to the user that Postgres runs as.
    if (outermost !== undefined && process.getuid?.() === 0) await openUpTo(outermost, layout.dataDir)
    await access(layout.dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    return ok(undefined)
  } catch (error) {
    const sentence = `The data directory ${layout.dataDir} cannot be created or written to (${reasonOf(error)})`
    return refuse('data_dir_unusable', `${sentence}. ${otherDirectory}, or give this one to ${userName()}.`)
  }
}

/** Whether there is a cluster. Errors: it has another major version than the programs. */
export async function findCluster(
  layout: Layout,
  binaries: Binaries,
): Promise<Result<boolean, EmbeddedPostgresError>> {
  let found: string
  try {
    found = (await readFile(layout.versionFile, 'utf8')).trim()
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === 'ENOENT') return ok(false)
    return refuse('data_dir_unusable', await explainUnreadable(layout, reason))
  }
  const wanted = binaries.majorVersion
  if (found === wanted) return ok(true)
  const sentence = `The data in ${layout.cluster} belongs to Postgres ${found}, the programs are Postgres ${wanted}`
  const advice =
    'Start the Twinpanel version that wrote it and export what you need, or move the directory away ' +
    'to start with an empty one'
  return refuse(
    'other_major_version',
    `${sentence}, which cannot read the data. ${advice}. ${otherDirectory} to keep both.`,
  )
}

/** What to do about a data directory with tables from before version 0.1.0. In: its path. */
export function explainEarlierData(dataDir: string): string {
  return (
    `The data in ${resolve(dataDir)} was created by Twinpanel before version 0.1.0, and this version cannot read it; ` +
    'it is left unchanged. To keep it, start the version that created it and export what you need. To start with ' +
    'an empty directory, move this one away, or set TWINPANEL_DATA_DIR to another.'
  )
}

/** The saved password of an existing cluster. */
export async function readPassword(layout: Layout): Promise<Result<string, EmbeddedPostgresError>> {
  try {
    return ok((await readFile(layout.passwordFile, 'utf8')).trim())
  } catch (error) {
    return refuse('data_dir_unusable', await explainUnreadable(layout, reasonOf(error)))
  }
}

async function explainUnreadable(layout: Layout, reason: string): Promise<string> {
  const owner = await stat(layout.home).catch(() => undefined)
  const mine = process.getuid?.()
  if (reason === 'EACCES' && owner !== undefined && owner.uid !== mine) {
    const sentence = `The database in ${layout.home} belongs to user id ${owner.uid}, not to ${userName()} (${mine})`
    return `${sentence}. Start the server as the user (or root) who created it. ${otherDirectory} to use a separate one.`
  }
  return `${layout.passwordFile} cannot be read (${reason}). Restore it, or move ${layout.home} away to start with an empty database.`
}

async function openUpTo(outermost: string, innermost: string): Promise<void> {
  for (let directory = innermost; ; directory = dirname(directory)) {
    await chmod(directory, 0o755)
    if (directory === outermost || directory === dirname(directory)) return
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run as a uid without an entry in /etc/passwd.
    return `user id ${process.getuid?.() ?? 'unknown'}`
  }
}
