import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'pg'
import { ok, type Result } from '../core/result.ts'
import { chooseAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { attemptConnection, connectionStringOf, type Endpoint, serverRole } from './connect.ts'
import type { Context, EmbeddedLog } from './context.ts'
import { createCluster } from './create-cluster.ts'
import { explainEarlierData, findCluster, prepareDataDir, readPassword } from './data-dir.ts'
import { type DirectoryLock, lockDirectory } from './directory-lock.ts'
import { removeAbandonedDrafts } from './drafts.ts'
import { type EmbeddedPostgresError, refuse } from './error.ts'
import { layoutOf } from './layout.ts'
import { clearRunningPostgres } from './orphan.ts'
import { keepOwnership, tryOwnership } from './ownership.ts'
import { removeDeadPidFile } from './pid-file.ts'
import { type Postmaster, spawnPostmaster } from './postmaster.ts'
import { findReach } from './reach.ts'
import { makeServerRole } from './server-role.ts'
import { defaultSettings, sharedMemorySettings } from './settings.ts'

/** An embedded Postgres, ready for connections. */
export interface EmbeddedPostgres {
  /** URL of its database; contains the password. */
  readonly connectionString: string
  /** Resolves with the last lines of output when Postgres ends, whether requested or not. */
  readonly exited: Promise<string>
  /** Requests a stop without waiting; for a process that is about to exit. */
  interrupt(): void
  /** Stops it cleanly and waits. Closes open connections. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Created if missing; everything is in its subdirectory `postgres`. */
  readonly dataDir: string
  readonly log: EmbeddedLog
  /** Postgres settings that override the defaults. */
  readonly settings?: Readonly<Record<string, string>>
  /** On a new cluster, gives the role of `connectionString` rights that tests need and a server does not. */
  readonly forTests?: boolean
  /** Cancels the start. */
  readonly signal?: AbortSignal
  /** Called while Postgres starts, or its cluster is created, and the processor is free for other work. */
  readonly onWaiting?: () => void
}

/**
 * Starts Postgres on a data directory; creates the cluster if there is none, and recovers one that a killed server
 * left. Errors: a sentence if the machine, the directory or another server prevents it.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedOptions,
): Promise<Result<EmbeddedPostgres, EmbeddedPostgresError>> {
  const reached = await reach(options)
  if (!reached.ok) return reached
  const context = reached.value
  const lock = await lockDirectory(context.layout.dataDir, context)
  if (!lock.ok) return lock
  const started = await startLocked(context)
  if (!started.ok) {
    await lock.value.release()
    return started
  }
  return ok(untilStopped(started.value, lock.value))
}

/** Keeps the lock until Postgres has stopped. */
function untilStopped(postgres: EmbeddedPostgres, lock: DirectoryLock): EmbeddedPostgres {
  return {
    ...postgres,
    stop: async () => {
      lock.stopping()
      await postgres.stop().finally(lock.release)
    },
  }
}

async function startLocked(context: Context): Promise<Result<EmbeddedPostgres, EmbeddedPostgresError>> {
  const prepared = await prepareCluster(context)
  if (!prepared.ok) return prepared
  const password = await readPassword(context.layout)
  if (!password.ok) return password
  return await launch(context, password.value)
}

/** Finds the programs and the user, and makes the data directory. */
async function reach(options: EmbeddedOptions): Promise<Result<Context, EmbeddedPostgresError>> {
  const layout = layoutOf(options.dataDir)
  const [binaries, account] = await Promise.all([findBinaries(), chooseAccount(layout)])
  if (!binaries.ok) return binaries
  if (!account.ok) return account
  const { log } = options
  const found = await findReach(layout, binaries.value, { account: account.value, log })
  if (!found.ok) return found
  const directory = await prepareDataDir(layout)
  if (!directory.ok) return directory
  return ok({
    layout,
    ...found.value,
    account: account.value,
    settings: { ...defaultSettings, ...(await sharedMemorySettings()), ...options.settings },
    forTests: options.forTests === true,
    log,
    signal: options.signal,
    onWaiting: options.onWaiting,
  })
}

async function prepareCluster(context: Context): Promise<Result<void, EmbeddedPostgresError>> {
  const { layout, binaries } = context
  await removeAbandonedDrafts(layout.dataDir, basename(layout.home))
  const cluster = await findCluster(layout, binaries)
  if (!cluster.ok) return cluster
  return cluster.value ? ok(undefined) : await createCluster(context)
}

const attempts = 8

const alreadyRunning = /lock file .* already exists/
/** Errors worth a retry: the port was taken, or another server is starting, taking over or stopping. */
const passing =
  /lock file .* already exists|Address already in use|received (fast|immediate) shutdown|pre-existing shared memory/

async function launch(
  context: Context,
  password: string,
): Promise<Result<EmbeddedPostgres, EmbeddedPostgresError>> {
  for (let attempt = 1; ; attempt += 1) {
    const cleared = await clearRunningPostgres(context, password)
    if (!cleared.ok) return cleared
    const postmaster = await spawnPostmaster(context)
    const outcome = await untilOurs(context, postmaster, password)
    if (outcome.kind === 'ours') {
      const endpoint = { port: postmaster.port, password }
      const ownership = keepOwnership(outcome.client, endpoint, context.log)
      return ok({
        connectionString: connectionStringOf(endpoint),
        exited: postmaster.exited,
        interrupt: postmaster.interrupt,
        stop: () => ownership.release().then(postmaster.stop),
      })
    }
    if (outcome.kind === 'aborted') return refuse('start_failed', 'The start was cancelled.')
    if (outcome.kind === 'earlier_data') {
      return refuse('made_before_release', explainEarlierData(context.layout.dataDir))
    }
    if (!passing.test(outcome.output) || attempt === attempts) {
      return refuse('start_failed', `Postgres did not start on ${context.layout.cluster}:\n${outcome.output}`)
    }
    if (alreadyRunning.test(outcome.output) && attempt > 2) await removeDeadPidFile(context.layout)
    await delay(50 * attempt)
  }
}

type Outcome =
  | { readonly kind: 'ours'; readonly client: Client }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'earlier_data' }
  | { readonly kind: 'ended'; readonly output: string }

/** Waits until Postgres answers, however long recovery takes, and takes the owner's lock. */
async function untilOurs(context: Context, postmaster: Postmaster, password: string): Promise<Outcome> {
  const hint = setTimeout(() => context.log.warn('Postgres is still recovering; please wait'), 5_000)
  try {
    while (!postmaster.hasExited() && context.signal?.aborted !== true) {
      const owned = await connectAsOwner(context, { port: postmaster.port, password })
      if (owned === 'earlier_data') {
        await postmaster.stop()
        return { kind: 'earlier_data' }
      }
      if (owned !== undefined) return { kind: 'ours', client: owned }
      await delay(10)
    }
  } catch (error) {
    await postmaster.stop()
    return { kind: 'ended', output: `its role for the server could not be made: ${String(error)}` }
  } finally {
    clearTimeout(hint)
  }
  if (postmaster.hasExited()) return { kind: 'ended', output: await postmaster.exited }
  await postmaster.stop()
  return { kind: 'aborted' }
}

async function connectAsOwner(
  context: Context,
  endpoint: Endpoint,
): Promise<Client | 'earlier_data' | undefined> {
  const attempt = await attemptConnection(endpoint)
  if (attempt.kind !== 'connected') return undefined
  const { client, role } = attempt
  const end = () => client.end().catch(() => undefined)
  const isOurs = await tryOwnership(client).catch(() => false)
  if (isOurs && role === serverRole) return client
  // Another server took ours for an orphan and is stopping it; it will own the directory.
  const outcome = isOurs ? await makeServerRole(client, endpoint.password, context).finally(end) : 'ended'
  if (!isOurs) await end()
  if (outcome === 'earlier_data') return outcome
  return outcome === 'made' ? await connectAsOwner(context, endpoint) : undefined
}
