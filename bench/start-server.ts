import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { YOUNG_SPACE_ARGUMENT } from '../src/server/heap.ts'
import { familyMs } from './processor-time.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** A server in a separate process. */
export interface BenchServer {
  readonly port: number
  /** The processor time that it has used, in µs; undefined where it is not known. */
  cpuUs(): Promise<number | undefined>
  /** The most memory that it has had, in MB; undefined where it is not known. */
  peakMegabytes(): Promise<number | undefined>
  /** Ends it. Rejects if its exit code is not 0. */
  stop(): Promise<void>
}

/**
 * Starts the server in a separate process; with `stores: false`, without storage. If BENCH_PROFILE names a directory,
 * the server writes a CPU profile there when it ends.
 */
export async function startServer(databaseUrl: string, stores: boolean): Promise<BenchServer> {
  const env = { BENCH_SERVER_DATABASE_URL: databaseUrl, BENCH_SERVER_STORES: stores ? 'yes' : 'no' }
  const name = stores ? 'storage' : 'no-storage'
  // As `npm start` has it.
  return await start(new URL('server.ts', import.meta.url), name, env, [YOUNG_SPACE_ARGUMENT])
}

/** Starts the server that does the least. */
export async function startBareServer(): Promise<BenchServer> {
  return await start(new URL('bare-server.ts', import.meta.url), 'bare', {})
}

/** Starts the one that does the same in Fastify. */
export async function startFastifyServer(): Promise<BenchServer> {
  return await start(new URL('fastify-server.ts', import.meta.url), 'fastify', {})
}

/** Starts the server as `npm start` does, with some workers. */
export async function startWorkers(databaseUrl: string, workers: number): Promise<BenchServer> {
  const child = spawn(process.execPath, [YOUNG_SPACE_ARGUMENT, MAIN], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: databaseUrl,
      TWINPANEL_WORKERS: String(workers),
      TWINPANEL_UNKNOWN_TOKENS: 'create',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C in the terminal does not reach it: run.ts decides when it ends.
    detached: true,
  })
  const ended = once(child, 'exit')
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    const port = /listening on http:\/\/[^:]+:(\d+)/.exec(output)?.[1]
    if (port === undefined) continue
    const stop = () => stopped(ended, () => child.kill('SIGTERM'))
    return {
      port: Number(port),
      cpuUs: () =>
        familyMs(String(child.pid)).then(
          (ms) => ms * 1_000,
          () => undefined,
        ),
      peakMegabytes: async () => undefined,
      stop,
    }
  }
  throw new Error(`the server of ${workers} workers has ended`)
}

async function start(
  file: URL,
  name: string,
  env: NodeJS.ProcessEnv,
  execArgv: readonly string[] = [],
): Promise<BenchServer> {
  const directory = process.env['BENCH_PROFILE']
  const profile = `${name}-${Date.now()}.cpuprofile`
  const profiling =
    directory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${profile}`]
  const child: ChildProcess = fork(file, {
    execArgv: [...execArgv, ...profiling],
    env: { ...process.env, ...env },
  })
  const ended = once(child, 'exit')
  const ready: Promise<{ port: number }[]> = once(child, 'message')
  const [message] = await Promise.race([
    ready,
    ended.then(([code]) => Promise.reject(new Error(`the server ended with code ${code}`))),
  ])
  const disconnect = () => child.connected && child.disconnect()
  const usage = async (): Promise<NodeJS.ResourceUsage | undefined> => {
    const answered: Promise<{ usage: NodeJS.ResourceUsage }[]> = once(child, 'message')
    child.send('usage')
    return (await answered)[0]?.usage
  }
  return {
    port: message?.port ?? 0,
    cpuUs: async () => {
      const used = await usage()
      return used && used.userCPUTime + used.systemCPUTime
    },
    peakMegabytes: async () => {
      const used = await usage()
      return used && used.maxRSS / 1_024
    },
    stop: () => stopped(ended, disconnect),
  }
}

async function stopped(ended: Promise<unknown[]>, end: () => void): Promise<void> {
  end()
  const [code] = await ended
  if (code !== 0) throw new Error(`the server ended with code ${code}`)
}
