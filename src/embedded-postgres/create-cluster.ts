import { chown, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { ok, type Result } from '../core/result.ts'
import type { Context } from './context.ts'
import { newDraft } from './drafts.ts'
import { type EmbeddedPostgresError, reasonOf, refuse } from './error.ts'
import { handOver } from './handover.ts'
import { homeLayout } from './layout.ts'
import { newPassword, writePassword } from './password.ts'
import { runProgram } from './run-program.ts'
import { isDurable } from './settings.ts'

/**
 * Creates an empty cluster with a random password. It is created next to its place and renamed, so a killed start
 * leaves nothing that a later one could mistake for a cluster; of two concurrent ones, one wins.
 */
export async function createCluster(context: Context): Promise<Result<void, EmbeddedPostgresError>> {
  const { layout } = context
  const draft = newDraft(layout.home)
  try {
    const made = await fillDraft(context, draft)
    if (!made.ok) return made
    return await moveIntoPlace(context, draft)
  } catch (error) {
    const sentence = `The data directory ${layout.dataDir} cannot be written to (${reasonOf(error)})`
    return refuse(
      'data_dir_unusable',
      `${sentence}. Free it, or set TWINPANEL_DATA_DIR to another directory.`,
    )
  } finally {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined)
  }
}

async function fillDraft(context: Context, draft: string): Promise<Result<void, EmbeddedPostgresError>> {
  const { binaries, account, settings } = context
  const target = homeLayout(draft)
  await mkdir(draft, { mode: 0o700 })
  await writePassword(target.passwordFile, newPassword(), context)
  if (account !== undefined) await chown(draft, account.uid, account.gid)
  const home = handOver(draft, context)
  const seen = homeLayout(home.path)
  const args = [
    `--pgdata=${seen.cluster}`,
    `--pwfile=${seen.passwordFile}`,
    '--username=twinpanel',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(isDurable(settings) ? syncFlags() : ['--no-sync', '--wal-segsize=1']),
  ]
  const end = await runProgram(binaries.initdb, args, { ...context, descriptors: home.descriptors })
  home.close()
  if (end.code === 0) return ok(undefined)
  if (end.code === undefined) {
    const sentence = `The Postgres programs do not run on this machine (${end.output.trim()})`
    return refuse('unsupported_platform', `${sentence}. Set DATABASE_URL to a Postgres database instead.`)
  }
  const output = end.output.trim().split('\n').slice(-10).join('\n')
  return refuse('initdb_failed', `Postgres could not create its data directory ${target.cluster}:\n${output}`)
}

/**
 * Initdb's sync flags. Syncing is worth a second, since a power cut can destroy an unsynced cluster, and need not cost
 * one: on a busy disk, syncing a thousand files took 0.7 to 1.4 s, syncing the file system 0.05 s.
 */
function syncFlags(): readonly string[] {
  return process.platform === 'linux' ? ['--sync-method=syncfs'] : []
}

async function moveIntoPlace(context: Context, draft: string): Promise<Result<void, EmbeddedPostgresError>> {
  const { layout, settings } = context
  try {
    if (isDurable(settings)) await syncDirectory(draft)
    await rename(draft, layout.home)
    if (isDurable(settings)) await syncDirectory(layout.dataDir)
    return ok(undefined)
  } catch (error) {
    // Another server was faster, or something else is in the way.
    if (await stat(layout.versionFile).catch(() => undefined)) return ok(undefined)
    const sentence = `${layout.home} is in the way (${reasonOf(error)}): it is not a database created by Twinpanel`
    return refuse(
      'data_dir_unusable',
      `${sentence}. Move it away, or set TWINPANEL_DATA_DIR to another directory.`,
    )
  }
}

/** Makes a rename or a new file in `directory` survive a power cut. Windows cannot open directories. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  await handle.sync().finally(() => handle.close())
}
