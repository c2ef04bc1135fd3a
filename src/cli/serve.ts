import { constants } from 'node:os'
import { resolve } from 'node:path'
import { type Environment, parseConfig } from '../config.ts'
import { createLogger } from '../log.ts'
import { type StartedServer, startServer } from '../server/start-server.ts'
import { type Startup, stopParts } from '../server/startup.ts'
import { isConfiguration } from '../start-error.ts'
import type { ServeCommand } from './commands/serve.ts'
import { complain, exitCodes } from './exit-codes.ts'
import { onEndingSignals, onNpmGone } from './signals.ts'

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
    // Postgres does not outlive the process, unless it ends by kill -9.
    onPostgres: (postgres) => process.once('exit', postgres.interrupt),
  }
  stopOnSignals(startup.stopping)
  onNpmGone(env['npm_lifecycle_event'], () => startup.stopping.abort(undefined))
  try {
    return await runUntilStopped(startup)
  } catch (error) {
    startup.log.fatal({ err: error }, 'an internal error')
    complain(`Twinpanel has failed: ${error instanceof Error ? error.message : String(error)}`)
    return exitCodes.failure
  } finally {
    await stopParts(startup)
  }
}

async function runUntilStopped(startup: Startup): Promise<number> {
  const started = await startServer(startup)
  const { signal } = startup.stopping
  // A cancelled start fails too, without an error to report.
  if (!started.ok && !signal.aborted) {
    complain(started.error.message)
    return isConfiguration(started.error) ? exitCodes.configuration : exitCodes.failure
  }
  if (started.ok && !signal.aborted) {
    process.stdout.write(`Twinpanel is listening on ${started.value.url}\n`)
    if (process.stdout.isTTY) process.stdout.write(introduce(started.value, startup))
  }
  const reason = await untilStopped(signal)
  if (reason === undefined) return exitCodes.ok
  complain(reason)
  return exitCodes.failure
}

/** What a person at a terminal wants to know first. */
function introduce({ url, dataDir }: StartedServer, { config, isEphemeral }: Startup): string {
  const data = dataDir === undefined ? 'the database in DATABASE_URL' : resolve(dataDir)
  const insecure = config.tls?.kind === 'self-signed' ? '-k ' : ''
  return `
  page   ${url}/_twin/
  data   ${data}${isEphemeral ? ' (removed at the stop)' : ''}

  A first event:

  curl ${insecure}'${url}/track?verbose=1' -H 'Content-Type: application/json' \\
    -d '[{"event":"Signed up","properties":{"token":"my-app","distinct_id":"charlie"}}]'

  Ctrl-C stops it.
`
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
