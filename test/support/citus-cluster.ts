import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joinDatabases } from './citus.ts'
import { canConnect } from './cluster-alone.ts'
import { findFreePort, killIfThere } from './own-postgres.ts'
import { until } from './server-process.ts'

/** The directory with the programs of a Postgres that has Citus, such as /usr/lib/postgresql/17/bin. */
export const CITUS_PROGRAMS: string | undefined = process.env['TEST_CITUS_PROGRAMS'] || undefined

const START_LIMIT_MS = 60_000
const SETTINGS = {
  shared_preload_libraries: 'citus',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  wal_level: 'logical',
  max_connections: '200',
  max_prepared_transactions: '200',
  shared_buffers: '64MB',
  'citus.shard_count': '8',
}

/** A node of a cluster, which keeps its port. */
export class CitusNode {
  readonly url: string
  readonly #programs: string
  readonly #directory: string
  readonly #port: number
  #process: ChildProcess | undefined

  private constructor(programs: string, directory: string, port: number) {
    this.#programs = programs
    this.#directory = directory
    this.#port = port
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`
  }

  static async create(programs: string, directory: string): Promise<CitusNode> {
    mkdirSync(directory, { mode: 0o700 })
    const { uid, gid } = account()
    if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid)
    const options = ['-D', directory, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale', 'C']
    execFileSync(join(programs, 'initdb'), options, { ...account(), cwd: directory, stdio: 'ignore' })
    const node = new CitusNode(programs, directory, await findFreePort())
    await node.start()
    return node
  }

  async start(): Promise<void> {
    await until('a node of Citus', () => this.#tryStart(), START_LIMIT_MS)
  }

  async stop(how: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const running = this.#process
    if (running === undefined || hasEnded(running)) return
    const ended = once(running, 'exit')
    running.kill(how)
    await ended
  }

  /** For when this process ends. */
  kill(): void {
    if (this.#process?.pid !== undefined) killIfThere(this.#process.pid, 'SIGQUIT')
  }

  async #tryStart(): Promise<boolean> {
    if (this.#process === undefined || hasEnded(this.#process)) {
      const all = { ...SETTINGS, port: String(this.#port) }
      const flags = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      const options = {
        ...account(),
        cwd: this.#directory,
        env: { HOME: this.#directory },
        stdio: 'ignore',
      } as const
      this.#process = spawn(join(this.#programs, 'postgres'), ['-D', this.#directory, ...flags], options)
    }
    return await canConnect(this.url)
  }
}

/** A coordinator and its workers, on this machine. */
export class CitusCluster {
  readonly coordinator: CitusNode
  readonly #workers: CitusNode[]
  readonly #programs: string
  readonly #directory: string

  private constructor(programs: string, directory: string, coordinator: CitusNode, workers: CitusNode[]) {
    this.coordinator = coordinator
    this.#workers = workers
    this.#programs = programs
    this.#directory = directory
  }

  get workers(): readonly CitusNode[] {
    return this.#workers
  }

  static async create(programs: string, workerCount: number): Promise<CitusCluster> {
    const directory = mkdtempSync(join(tmpdir(), 'twinpanel-citus-'))
    chmodSync(directory, 0o755)
    const nodes: CitusNode[] = []
    for (let place = 0; place <= workerCount; place++) {
      nodes.push(await CitusNode.create(programs, makeIn(directory, `node-${place}`)))
    }
    const [coordinator, ...workers] = nodes
    if (coordinator === undefined) throw new Error('a cluster has a coordinator')
    await joinDatabases({ coordinator: coordinator.url, workers: workers.map(({ url }) => url) }, 'postgres')
    return new CitusCluster(programs, directory, coordinator, workers)
  }

  /** Adds a worker, which has no shards yet. */
  async addWorker(): Promise<CitusNode> {
    const directory = makeIn(this.#directory, `node-${this.#workers.length + 1}`)
    const worker = await CitusNode.create(this.#programs, directory)
    this.#workers.push(worker)
    await joinDatabases({ coordinator: this.coordinator.url, workers: [worker.url] }, 'postgres')
    return worker
  }

  kill(): void {
    for (const node of [this.coordinator, ...this.workers]) node.kill()
  }

  async remove(): Promise<void> {
    for (const node of [this.coordinator, ...this.workers]) await node.stop('SIGINT')
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A directory of the user that runs Postgres, in which it may create others. */
function makeIn(parent: string, name: string): string {
  const directory = join(parent, name)
  mkdirSync(directory)
  const { uid, gid } = account()
  if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid)
  return join(directory, 'data')
}

/** Postgres does not run as root. */
function account(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
