import { realpath } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'pg'
import { ok, type Result } from '../core/result.ts'
import { attemptConnection } from './connect.ts'
import type { Context, EmbeddedLog } from './context.ts'
import { readPassword } from './data-dir.ts'
import { type EmbeddedPostgresError, reasonOf, refuse } from './error.ts'
import { type Layout, layoutOf } from './layout.ts'
import { tryOwnership } from './ownership.ts'
import { readPidFile } from './pid-file.ts'

const pollMs = 20
/**
 * How long the lock of a killed server may remain: Postgres takes a few milliseconds to notice the closed connection.
 */
const lockGraceMs = 1_000
const busyLimitMs = 60_000
const fastShutdownMs = 20_000

type ClearContext = Pick<Context, 'layout' | 'log' | 'signal'>

/**
 * Handles a Postgres that already runs on this cluster. The owner's lock shows whether it has an owner; process ids may
 * have been reused, and are not trusted. With a living owner, the directory is in use. Without one (its server was
 * killed), Postgres is stopped, for a fresh start: adopting it would save about 0.1 s, but leave a Postgres with
 * another version's settings, no log, and no notice when it dies.
 */
export async function clearRunningPostgres(
  context: ClearContext,
  password: string,
): Promise<Result<void, EmbeddedPostgresError>> {
  const { layout, signal } = context
  const deadline = Date.now() + busyLimitMs
  while (signal?.aborted !== true) {
    const port = (await readPidFile(layout))?.port
    if (port === undefined) return ok(undefined)
    const attempt = await attemptConnection({ port, password })
    // Nothing listens: the file is of a dead process, and Postgres handles that itself.
    if (attempt.kind === 'refused') return ok(undefined)
    if (attempt.kind === 'connected') {
      const judged = await judge(context, attempt.client, attempt.dataDirectory)
        // Another process is stopping it: check again.
        .catch(() => undefined)
        .finally(() => attempt.client.end().catch(() => undefined))
      if (judged !== undefined) return judged
    }
    if (Date.now() > deadline) return inUse(layout, 'a Postgres that does not finish starting or stopping')
    await delay(pollMs)
  }
  return ok(undefined)
}

/** Stops the Postgres that a killed server left on a data directory. False if it has an owner, or does not stop. */
export async function stopAbandonedPostgres(dataDir: string, log: EmbeddedLog): Promise<boolean> {
  const layout = layoutOf(dataDir)
  const password = await readPassword(layout)
  // Without a password there is no cluster.
  if (!password.ok) return true
  return (await clearRunningPostgres({ layout, log, signal: undefined }, password.value)).ok
}

async function judge(
  context: ClearContext,
  client: Client,
  dataDirectory: string,
): Promise<Result<void, EmbeddedPostgresError>> {
  const { layout, log } = context
  // A copy of a directory has the original's port and password.
  if ((await canonical(dataDirectory)) !== (await canonical(layout.cluster))) return ok(undefined)
  const deadline = Date.now() + lockGraceMs
  while (!(await tryOwnership(client))) {
    if (Date.now() > deadline) return inUse(layout, 'another Twinpanel server')
    await delay(pollMs)
  }
  log.warn(`A server on ${layout.dataDir} was killed; the Postgres it left is being stopped`)
  return await stopOrphan(layout, client)
}

async function stopOrphan(layout: Layout, client: Client): Promise<Result<void, EmbeddedPostgresError>> {
  const pid = (await readPidFile(layout))?.pid
  // Postgres still answers, and no other can start on this cluster, so the file read is its own and not stale.
  await client.query('select')
  if (pid === undefined) return inUse(layout, 'a Postgres without a process id')
  for (const stopSignal of ['SIGINT', 'SIGQUIT'] as const) {
    try {
      process.kill(pid, stopSignal)
    } catch (error) {
      if (reasonOf(error) !== 'ESRCH') return inUse(layout, `a Postgres of another user (process ${pid})`)
    }
    if (await untilGone(layout, pid)) return ok(undefined)
  }
  return inUse(layout, `a Postgres that does not stop (process ${pid})`)
}

async function untilGone(layout: Layout, pid: number): Promise<boolean> {
  const deadline = Date.now() + fastShutdownMs
  while (Date.now() < deadline) {
    // Gone, or already another server's.
    if ((await readPidFile(layout))?.pid !== pid) return true
    await delay(pollMs)
  }
  return false
}

function inUse(layout: Layout, who: string): Result<void, EmbeddedPostgresError> {
  const sentence = `The data directory ${layout.dataDir} is in use by ${who}`
  return refuse('data_dir_in_use', `${sentence}. Stop it, or set TWINPANEL_DATA_DIR to another directory.`)
}

async function canonical(path: string): Promise<string> {
  return await realpath(path).catch(() => path)
}
