import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { serverRole } from '../../src/embedded-postgres/connect.ts'
import type { Context } from '../../src/embedded-postgres/context.ts'
import { programEnvironment } from '../../src/embedded-postgres/run-program.ts'
import { startEmbeddedPostgres } from '../../src/embedded-postgres/start.ts'
import { ids } from '../../src/embedded-postgres/user.ts'
import { contextFor, urlFor } from './cluster-alone.ts'
import { until } from './server-process.ts'

const SILENT = { debug: () => undefined, warn: () => undefined, error: () => undefined }
const START_LIMIT_MS = 60_000
/** Few, so that they are soon used up. */
const MAX_CONNECTIONS = 60

/** A Postgres that a server reaches by DATABASE_URL, and to which everything may be done. It keeps its port. */
export class OwnPostgres {
  readonly url: string
  readonly #context: Context
  readonly #port: number
  #process: ChildProcess | undefined

  private constructor(url: string, context: Context, port: number) {
    this.url = url
    this.#context = context
    this.#port = port
  }

  /** Creates a cluster in a directory that does not exist yet, and starts it. */
  static async create(dataDir: string): Promise<OwnPostgres> {
    const made = await startEmbeddedPostgres({ dataDir, log: SILENT, forTests: true })
    if (!made.ok) throw new Error(made.error.message)
    await made.value.stop()
    const port = await findFreePort()
    const postgres = new OwnPostgres(await urlFor(serverRole, dataDir, port), await contextFor(dataDir), port)
    await postgres.start()
    return postgres
  }

  /** Starts it, and waits until it has recovered. */
  async start(): Promise<void> {
    await until('Postgres', () => this.#tryStart(), START_LIMIT_MS)
  }

  /** Stops it in one of its ways, and waits. */
  async stop(how: 'fast' | 'immediate' | 'kill'): Promise<void> {
    const running = this.#process
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill(({ fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const)[how])
    await ended
  }

  /** Stops all of its processes where they are. Out: lets them go on. */
  freeze(): () => void {
    const pids = [this.pid, ...this.#children()]
    const signal = (name: NodeJS.Signals) => {
      for (const pid of pids) killIfThere(pid, name)
    }
    signal('SIGSTOP')
    return () => signal('SIGCONT')
  }

  get pid(): number {
    return this.#process?.pid ?? -1
  }

  /** Connects. The connection's errors are ignored, since faults break it. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url, application_name: 'faults' })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  #children(): readonly number[] {
    const listed = execFileSync('pgrep', ['-P', String(this.pid)], { encoding: 'utf8' })
    return listed.trim().split('\n').map(Number)
  }

  async #tryStart(): Promise<boolean> {
    if (this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null) {
      this.#spawn()
      await delay(50)
    }
    const client = await this.connect().catch(() => undefined)
    await client?.end().catch(() => undefined)
    return client !== undefined
  }

  #spawn(): void {
    const { binaries, layout, account, settings } = this.#context
    const own = { ...settings, port: String(this.#port), max_connections: String(MAX_CONNECTIONS) }
    const flags = Object.entries(own).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    this.#process = spawn(binaries.postgres, ['-D', layout.cluster, ...flags], {
      ...ids(account),
      cwd: layout.dataDir,
      env: programEnvironment(),
      stdio: 'ignore',
    })
  }
}

/** Sends a signal to a process that may have ended. */
export function killIfThere(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

/** A port that is free now. */
export function findFreePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
