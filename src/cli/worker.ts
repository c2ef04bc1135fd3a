import { Deferred } from '../core/deferred.ts'
import { ok } from '../core/result.ts'
import { createLogger } from '../log.ts'
import { boundHeap } from '../server/heap.ts'
import { startServer } from '../server/start-server.ts'
import { type Startup, stopParts } from '../server/startup.ts'
import { PrimaryLink } from '../workers/primary-link.ts'
import { exitCodes } from './exit-codes.ts'
import { onEndingSignals } from './signals.ts'

/**
 * Runs one of the workers of a server, as its primary says. If the primary ends, Node ends the worker at once. Returns
 * the exit code.
 */
export async function runWorker(): Promise<number> {
  boundHeap()
  // A terminal and systemd send the signals of the primary to the workers, too.
  onEndingSignals(() => undefined)
  const stopping = new AbortController()
  const stopped = new Deferred<void>()
  stopping.signal.addEventListener('abort', () => stopped.resolve())
  let started: { readonly startup: Startup; readonly result: Promise<unknown> } | undefined
  const shared = new PrimaryLink(
    {
      send: (message) => void process.send?.(message, () => undefined),
      onMessage: (listener) => void process.on('message', listener),
    },
    {
      start: async ({ config, connectionString }) => {
        const log = createLogger(config.logLevel)
        const startup = { config, connectionString, log, parts: [], stopping, isEphemeral: false, shared }
        const result = startServer(startup)
        started = { startup, result }
        const server = await result
        if (!server.ok) return server
        const { url, adminToken, dataDir } = server.value
        return ok({ url, adminToken, dataDir })
      },
      stop: () => stopping.abort(undefined),
    },
  )
  await stopped.promise
  if (started === undefined) return exitCodes.ok
  // What it starts is stopped, too.
  await started.result.catch(() => undefined)
  await stopParts(started.startup)
  return exitCodes.ok
}
