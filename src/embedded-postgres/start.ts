import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { err, ok, type Result } from '../core/result.ts'
import { chooseAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import type { Context, EmbeddedLog, Watcher } from './context.ts'
import { createCluster } from './create-cluster.ts'
import { findCluster, prepareDataDir } from './data-dir.ts'
import { type DirectoryLock, lockDirectory } from './directory-lock.ts'
import { type DiskSpace, isOutOfSpace } from './disk-space.ts'
import { removeAbandonedDrafts } from './drafts.ts'
import type { EmbeddedPostgresError } from './error.ts'
import { keepRunning } from './keep-running.ts'
import { type EmbeddedPostgres, launch } from './launch.ts'
import { layoutOf } from './layout.ts'
import { findReach } from './reach.ts'
import { bufferSettings, defaultSettings, sharedMemorySettings } from './settings.ts'
import { type Contents, Template } from './template.ts'
import { employWatcher } from './watcher.ts'

export interface EmbeddedOptions {
  /** Created if missing; everything is in its subdirectory `postgres`. */
  readonly dataDir: string
  readonly log: EmbeddedLog
  /** Postgres settings that override the defaults. */
  readonly settings?: Readonly<Record<string, string>>
  /** Nobody keeps the data: if this process ends without a stop, the whole data directory is removed. */
  readonly isEphemeral?: boolean
  /** On a new cluster, the schema to begin with, which is kept for the next start. For data that nobody keeps. */
  readonly contents?: Contents
  /** On a new cluster, gives the role of `connectionString` rights that tests need and a server does not. */
  readonly forTests?: boolean
  /** Starts Postgres again, once there is room, if it has ended because the disk was full. */
  readonly disk?: Disk | undefined
  /** Cancels the start. */
  readonly signal?: AbortSignal
  /** Called while Postgres starts, or its cluster is created, and the processor is free for other work. */
  readonly onWaiting?: () => void
}

/** The disk of the data, and what to call with the new URL of a Postgres that was started again. */
export interface Disk {
  readonly space: DiskSpace
  readonly onRestart: (connectionString: string) => void
}

type Started = Result<EmbeddedPostgres, EmbeddedPostgresError>

/**
 * Starts Postgres on a data directory; creates the cluster if there is none, and recovers one that a killed server
 * left. Errors: a sentence if the machine, the directory or another server prevents it; `disk_full` if it may succeed
 * once there is room.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<Started> {
  const watcher = employWatcher(layoutOf(options.dataDir), { removesData: options.isEphemeral === true })
  let postgres: EmbeddedPostgres | undefined
  try {
    const started = await startWatched(options, watcher)
    if (!started.ok) return withCode(started)
    postgres = started.value
    const { stop } = postgres
    return ok({ ...postgres, stop: () => stop().finally(watcher.dismiss) })
  } finally {
    if (postgres === undefined) await watcher.dismiss()
  }
}

async function startWatched(options: EmbeddedOptions, watcher: Watcher): Promise<Started> {
  const prepared = await prepare(options, watcher)
  if (!prepared.ok) return prepared
  const context = prepared.value
  const lock = await lockDirectory(context.layout.dataDir, context)
  if (!lock.ok) return lock
  const started = await startLocked(context, options)
  if (started.ok) return ok(untilStopped(withRestarts(started.value, context, options), lock.value))
  await lock.value.release()
  return started
}

function withRestarts(
  postgres: EmbeddedPostgres,
  context: Context,
  { disk, signal }: EmbeddedOptions,
): EmbeddedPostgres {
  if (disk === undefined) return postgres
  const { space, onRestart } = disk
  const again = async () => withCode(await launch(context, { isCopy: false }))
  return keepRunning(postgres, { disk: space, again, onRestart, signal })
}

/** A full disk shows in what programs and the system say. */
function withCode(started: Started): Started {
  if (started.ok || !isOutOfSpace(started.error.message)) return started
  return err({ ...started.error, code: 'disk_full' })
}

/** Keeps the lock until Postgres has stopped. */
function untilStopped(postgres: EmbeddedPostgres, lock: DirectoryLock): EmbeddedPostgres {
  const stop = async () => {
    lock.stopping()
    await postgres.stop().finally(lock.release)
  }
  return { ...postgres, stop }
}

async function startLocked(context: Context, { contents }: EmbeddedOptions): Promise<Started> {
  const { layout, binaries } = context
  await removeAbandonedDrafts(layout.dataDir, basename(layout.home))
  const found = await findCluster(layout, binaries)
  if (!found.ok) return found
  if (found.value) return await launch(context, { isCopy: false })
  if (contents === undefined) return await startNew(context)
  const template = await Template.find(context, contents.key)
  return template === undefined ? await startNew(context) : await startByTemplate(context, template, contents)
}

async function prepare(
  options: EmbeddedOptions,
  watcher: Watcher,
): Promise<Result<Context, EmbeddedPostgresError>> {
  const layout = layoutOf(options.dataDir)
  const [binaries, account] = await Promise.all([findBinaries(), chooseAccount(layout)])
  if (!binaries.ok) return binaries
  if (!account.ok) return account
  const { log } = options
  const reach = await findReach(layout, binaries.value, { account: account.value, log })
  if (!reach.ok) return reach
  const directory = await prepareDataDir(layout)
  if (!directory.ok) return directory
  return ok({
    layout,
    ...reach.value,
    account: account.value,
    settings: {
      ...defaultSettings,
      ...bufferSettings(),
      ...(await sharedMemorySettings()),
      ...options.settings,
    },
    forTests: options.forTests === true,
    forTemplate: options.contents !== undefined,
    log,
    watcher,
    signal: options.signal,
    onWaiting: options.onWaiting,
  })
}

async function startNew(context: Context): Promise<Started> {
  const created = await createCluster(context)
  return created.ok ? await launch(context, { isCopy: false }) : created
}

/**
 * Starts on a copy of the template. Without one, or if Postgres does not start on it, starts on a new cluster, from
 * which the template is made while Postgres is stopped for a moment.
 */
async function startByTemplate(context: Context, template: Template, contents: Contents): Promise<Started> {
  if (await template.restore()) {
    const started = await launch(context, { isCopy: true })
    if (started.ok || context.signal?.aborted === true) return started
    await template.discard()
    await rm(context.layout.home, { recursive: true, force: true })
  }
  const first = await startNew(context)
  if (!first.ok) return first
  try {
    await contents.prepare(first.value.connectionString)
  } catch {
    // Whoever uses the database will meet the same error, and report it.
    return first
  }
  await first.value.stop()
  await template.save()
  return await launch(context, { isCopy: true })
}
