import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { Deferred } from '../core/deferred.ts'
import { dataDirectorySetting } from './connect.ts'
import type { Context, EmbeddedLog } from './context.ts'
import { handOver } from './handover.ts'
import { programEnvironment, runProgram } from './run-program.ts'
import { ids } from './user.ts'

const fastShutdownMs = 10_000
const immediateShutdownMs = 10_000

/** A running Postgres that this process started. */
export interface Postmaster {
  readonly port: number
  /** Resolves when the process has ended, with the last lines of its output. */
  readonly exited: Promise<string>
  /**
   * Resolves when somebody has sent SIGTERM to Postgres, which does not end while there are connections, but refuses new
   * ones.
   */
  readonly askedToStop: Promise<void>
  hasExited(): boolean
  /** Requests a fast shutdown without waiting. Synchronous, so that an exiting process can call it. */
  interrupt(): void
  /** Fast shutdown, then an immediate one (the next start replays the log) if that takes too long. */
  stop(): Promise<void>
}

/**
 * Starts Postgres on a free port, detached: in its own process group the terminal's Ctrl-C does not reach it, so it
 * outlives the requests in progress.
 */
export async function spawnPostmaster(context: Context): Promise<Postmaster> {
  const { layout, binaries, account, settings, log, watcher } = context
  const port = await findFreePort()
  const cluster = handOver(layout.cluster, context)
  const perStart = { port: String(port), [dataDirectorySetting]: layout.cluster }
  const flags = Object.entries({ ...settings, ...perStart }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const child = spawn(binaries.postgres, ['-D', cluster.path, ...flags], {
    ...ids(account),
    cwd: layout.dataDir,
    env: programEnvironment(),
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe', ...cluster.descriptors],
  })
  cluster.close()
  watcher.watch(child.pid)
  context.onWaiting?.()
  let ended = false
  const asked = new Deferred<void>()
  const exited = readToEnd(child, log, asked.resolve).then((output) => {
    ended = true
    watcher.watch(undefined)
    return output
  })
  const interrupt = (): void => {
    if (!ended) child.kill('SIGINT')
  }
  return {
    port,
    exited,
    askedToStop: asked.promise,
    hasExited: () => ended,
    interrupt,
    stop: () => stop(child, exited, context),
  }
}

async function stop(child: ChildProcess, exited: Promise<string>, context: Context): Promise<void> {
  const gone = exited.then(() => true)
  if (process.platform === 'win32') {
    // Windows has no SIGINT: `kill` would stop Postgres without a checkpoint.
    await runProgram(context.binaries.pgCtl, ['stop', '-D', context.layout.cluster, '-m', 'fast', '-w'])
  } else child.kill('SIGINT')
  if (await Promise.race([gone, delay(fastShutdownMs, false, { ref: false })])) return
  context.log.warn('Postgres is slow to shut down; stopping it immediately, the next start recovers')
  child.kill('SIGQUIT')
  if (await Promise.race([gone, delay(immediateShutdownMs, false, { ref: false })])) return
  context.log.error(`Postgres (process ${child.pid}) did not stop`)
}

/**
 * Passes the output on to the log. Resolves with its last lines when the process has ended. In: what to call when it says
 * that it was sent SIGTERM.
 */
function readToEnd(child: ChildProcess, log: EmbeddedLog, onAskedToStop: () => void): Promise<string> {
  const tail: string[] = []
  const keep = (line: string): void => {
    tail.push(line)
    if (tail.length > 20) tail.shift()
  }
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      keep(line)
      if (line.includes('received smart shutdown request')) onAskedToStop()
      if (line.startsWith('PANIC')) log.error(`Postgres: ${line}`)
      else if (line.startsWith('WARNING')) log.warn(`Postgres: ${line}`)
      else log.debug(`Postgres: ${line}`)
    })
  }
  return new Promise((done) => {
    child.once('error', (error) => {
      keep(error.message)
      // A process that never started does not emit close.
      if (child.pid === undefined) done(tail.join('\n'))
    })
    child.once('close', () => done(tail.join('\n')))
  })
}

/** A port that is free now; the caller must try another if it is taken by then. */
function findFreePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
