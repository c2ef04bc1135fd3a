import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'pg'
import { ok, type Result } from '../core/result.ts'
import { attemptConnection, connectionStringOf, type Endpoint, serverRole } from './connect.ts'
import type { Context } from './context.ts'
import { explainEarlierData, readPassword } from './data-dir.ts'
import { type EmbeddedPostgresError, refuse } from './error.ts'
import { clearRunningPostgres } from './orphan.ts'
import { keepOwnership, tryOwnership } from './ownership.ts'
import { renewPassword } from './password.ts'
import { removeDeadPidFile } from './pid-file.ts'
import { type Postmaster, spawnPostmaster } from './postmaster.ts'
import { makeServerRole } from './server-role.ts'

/** An embedded Postgres, ready for connections. */
export interface EmbeddedPostgres {
  /** URL of its database; contains the password. */
  readonly connectionString: string
  /** Resolves with the last lines of output when Postgres ends, whether requested or not. */
  readonly exited: Promise<string>
  /** Resolves when another program has sent SIGTERM to Postgres: it refuses new connections, and waits for the others. */
  readonly askedToStop: Promise<void>
  /** Requests a stop without waiting; for a process that is about to exit. */
  interrupt(): void
  /** Stops it cleanly and waits. Closes open connections. */
  stop(): Promise<void>
}

const attempts = 8

const alreadyRunning = /lock file .* already exists/
/** Errors worth a retry: the port was taken, or another server is starting, taking over or stopping. */
const passing =
  /lock file .* already exists|Address already in use|received (smart|fast|immediate) shutdown|pre-existing shared memory/

/**
 * Starts Postgres on the cluster of a data directory, and becomes its owner. In: `isCopy` for a new copy of a template,
 * which gets a password of its own.
 */
export async function launch(
  context: Context,
  { isCopy }: { readonly isCopy: boolean },
): Promise<Result<EmbeddedPostgres, EmbeddedPostgresError>> {
  const saved = await readPassword(context.layout)
  if (!saved.ok) return saved
  const password = saved.value
  for (let attempt = 1; ; attempt += 1) {
    const cleared = await clearRunningPostgres(context, password)
    if (!cleared.ok) return cleared
    const postmaster = await spawnPostmaster(context)
    const outcome = await untilOurs(context, postmaster, { password, isCopy })
    if (outcome.kind === 'ours') {
      const endpoint = { port: postmaster.port, password: outcome.password }
      const ownership = keepOwnership(outcome.client, endpoint, context.log)
      return ok({
        connectionString: connectionStringOf(endpoint),
        exited: postmaster.exited,
        askedToStop: postmaster.askedToStop,
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
  | { readonly kind: 'ours'; readonly client: Client; readonly password: string }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'earlier_data' }
  | { readonly kind: 'ended'; readonly output: string }

/** Waits until Postgres answers, however long recovery takes, and takes the owner's lock. */
async function untilOurs(
  context: Context,
  postmaster: Postmaster,
  { password, isCopy }: { readonly password: string; readonly isCopy: boolean },
): Promise<Outcome> {
  const hint = setTimeout(() => context.log.warn('Postgres is still recovering; please wait'), 5_000)
  try {
    while (!postmaster.hasExited() && context.signal?.aborted !== true) {
      const owned = await connectAsOwner(context, { port: postmaster.port, password })
      if (owned === 'earlier_data') {
        await postmaster.stop()
        return { kind: 'earlier_data' }
      }
      if (owned !== undefined) {
        const own = isCopy ? await renewPassword(owned, context) : password
        return { kind: 'ours', client: owned, password: own }
      }
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
  const { client, role, dataDirectory } = attempt
  const end = () => client.end().catch(() => undefined)
  // Copies of one template have the same password at first, and another start may have taken the same free port.
  const isOurs = dataDirectory === context.layout.cluster && (await tryOwnership(client).catch(() => false))
  if (isOurs && role === serverRole) return client
  // Another server took ours for an orphan and is stopping it; it will own the directory.
  const outcome = isOurs ? await makeServerRole(client, endpoint.password, context).finally(end) : 'ended'
  if (!isOurs) await end()
  if (outcome === 'earlier_data') return outcome
  return outcome === 'made' ? await connectAsOwner(context, endpoint) : undefined
}
