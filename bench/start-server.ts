import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A server in a separate process. */
export interface BenchServer {
  readonly port: number
  /** Ends it. Rejects if its exit code is not 0. */
  stop(): Promise<void>
}

/**
 * Starts the server in a separate process; with `stores: false`, without storage. If BENCH_PROFILE names a directory,
 * the server writes a CPU profile there when it ends.
 */
export async function startServer(databaseUrl: string, stores: boolean): Promise<BenchServer> {
  const directory = process.env['BENCH_PROFILE']
  const name = `${stores ? 'storage' : 'no-storage'}-${Date.now()}.cpuprofile`
  const profiling =
    directory === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${directory}`, `--cpu-prof-name=${name}`]
  const child = fork(new URL('server.ts', import.meta.url), {
    execArgv: profiling,
    env: {
      ...process.env,
      BENCH_SERVER_DATABASE_URL: databaseUrl,
      BENCH_SERVER_STORES: stores ? 'yes' : 'no',
    },
  })
  const ended = once(child, 'exit')
  const ready: Promise<{ port: number }[]> = once(child, 'message')
  const [message] = await Promise.race([
    ready,
    ended.then(([code]) => Promise.reject(new Error(`the server ended with code ${code}`))),
  ])
  return {
    port: message?.port ?? 0,
    stop: async () => {
      if (child.connected) child.disconnect()
      const [code] = await ended
      if (code !== 0) throw new Error(`the server ended with code ${code}`)
    },
  }
}
