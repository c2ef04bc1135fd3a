import { availableParallelism, constants } from 'node:os'
import { type Config, type Environment, parseConfig } from '../config.ts'
import type { Result } from '../core/result.ts'
import { createLogger } from '../log.ts'
import { boundHeap } from '../server/heap.ts'
import { type StartedServer, startServer } from '../server/start-server.ts'
import { type Startup, stopParts } from '../server/startup.ts'
import { isConfiguration, type StartError } from '../start-error.ts'
import { autoWorkers } from '../workers/auto.ts'
import type { ServeCommand } from './commands/serve.ts'
import { complain, exitCodes } from './exit-codes.ts'
import { describeObstacle, findObstacle } from './find-listener.ts'
import { introduce, pageOf } from './introduce.ts'
import { onEndingSignals, onNpmGone } from './signals.ts'
import { styleFor } from './style.ts'

/** npm passes on a Ctrl-C that the terminal has sent already; within this time it counts as the same signal. */
const sameSignalMs = 500

/** Runs a server until a signal stops it. Returns the exit code. */
export async function serve({ variables, isEphemeral }: ServeCommand, env: Environment): Promise<number> {
  const unset = isEphemeral ? { DATABASE_URL: undefined } : {}
  const config = parseConfig({ ...env, ...unset, ...variables })
  if (!config.ok) {
    for (const error of config.error) complain(error.message)
    return exitCodes.configuration
  }
  const startup: Startup = {
    config: config.value,
    log: createLogger(config.value.logLevel),
    parts: [],
    stopping: new AbortController(),
    isEphemeral,
    processes: processesOf(config.value, isEphemeral),
    waitsForRoom: true,
    // Postgres does not outlive the process, unless it ends by kill -9.
    onPostgres: (postgres) => process.once('exit', postgres.interrupt),
  }
  boundHeap()
  stopOnSignals(startup.stopping)
  onNpmGone(env['npm_lifecycle_event'], () => startup.stopping.abort(undefined))
  try {
    return await runUntilStopped(startup, env)
  } catch (error) {
    startup.log.fatal({ err: error }, 'an internal error')
    complain(`Twinpanel has failed: ${error instanceof Error ? error.message : String(error)}`)
    return exitCodes.failure
  } finally {
    await stopParts(startup)
  }
}

async function runUntilStopped(startup: Startup, env: Environment): Promise<number> {
  const taken = await explainTakenPort(startup.config)
  if (taken !== undefined) {
    complain(taken)
    return exitCodes.failure
  }
  const started = await start(startup)
  const { signal } = startup.stopping
  // A cancelled start fails too, without an error to report.
  if (!started.ok && !signal.aborted) {
    complain(started.error.message)
    return isConfiguration(started.error) ? exitCodes.configuration : exitCodes.failure
  }
  if (started.ok && !signal.aborted) {
    process.stdout.write(`Twinpanel is listening on ${started.value.url}\n`)
    if (process.stdout.isTTY) process.stdout.write(introduction(started.value, startup, env))
    else if (startup.config.generatesAdminToken)
      complain(`The page: ${pageOf(started.value, startup.config)}`)
  }
  const reason = await untilStopped(signal)
  if (reason === undefined) return exitCodes.ok
  complain(reason)
  return exitCodes.failure
}

/** A server that listens, in this process or in several. */
type Started = Pick<StartedServer, 'url' | 'adminToken' | 'dataDir'>

async function start(startup: Startup): Promise<Result<Started, StartError>> {
  const { processes = 1 } = startup
  if (processes === 1) return await startServer(startup)
  const { startWorkers } = await import('../workers/start-workers.ts')
  return await startWorkers(startup, processes, () => performance.now())
}

function processesOf({ workers, databaseUrl }: Config, isEphemeral: boolean): number {
  if (isEphemeral) return 1
  return workers === 'auto' ? autoWorkers(availableParallelism(), databaseUrl === undefined) : workers
}

/** Before anything is started: who listens already, and what to do. */
async function explainTakenPort(config: Config): Promise<string | undefined> {
  const obstacle = config.port === 0 ? undefined : await findObstacle(config)
  // The start itself explains everything else.
  return obstacle === undefined || obstacle.kind === 'other'
    ? undefined
    : describeObstacle(obstacle, config).join(' ')
}

function introduction(server: Started, { config, isEphemeral }: Startup, env: Environment): string {
  const isWindows = process.platform === 'win32'
  return introduce({ server, config, isEphemeral, isWindows }, styleFor(env, process.stdout.isTTY))
}

/** The first signal asks for a clean stop, a further one ends the process at once. */
function stopOnSignals(stopping: AbortController): void {
  let firstAt: number | undefined
  onEndingSignals((signal) => {
    if (firstAt === undefined) {
      firstAt = Date.now()
      stopping.abort(undefined)
    } else if (Date.now() - firstAt > sameSignalMs) process.exit(128 + constants.signals[signal])
  })
}

/** Waits for a stop. Out: the reason as a sentence; undefined if a signal requested it. */
function untilStopped(signal: AbortSignal): Promise<string | undefined> {
  return new Promise((stopped) => {
    const finish = (): void => stopped(typeof signal.reason === 'string' ? signal.reason : undefined)
    if (signal.aborted) finish()
    else signal.addEventListener('abort', finish, { once: true })
  })
}
