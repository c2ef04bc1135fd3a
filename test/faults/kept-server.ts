import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from '../support/own-postgres.ts'
import { type ServerProcess, type ServerProcesses, until } from '../support/server-process.ts'

/** A start may have to wait for the recovery of Postgres. */
const START_LIMIT_MS = 90_000
const RESTART_PAUSE_MS = 100

/** A server that is started again whenever it ends, as Docker or systemd do, on the same port. */
export class KeptServer {
  readonly url: string
  /** How often it was started again. */
  restarts = 0
  readonly #start: () => ServerProcess
  #process: ServerProcess
  #isKept = true
  readonly #keeping: Promise<void>

  private constructor(url: string, start: () => ServerProcess) {
    this.url = url
    this.#start = start
    this.#process = start()
    this.#keeping = this.#keep()
  }

  static async start(
    servers: ServerProcesses,
    env: Readonly<Record<string, string>>,
    nodeFlags: readonly string[] = [],
  ): Promise<KeptServer> {
    const port = await findFreePort()
    const settings = { ...env, PORT: String(port), TWINPANEL_UNKNOWN_TOKENS: 'create' }
    const server = new KeptServer(`http://127.0.0.1:${port}`, () => servers.start(settings, nodeFlags))
    await server.untilReady()
    return server
  }

  get pid(): number {
    return this.#process.child.pid ?? -1
  }

  /** What the current process has logged. */
  get log(): string {
    return this.#process.stderr()
  }

  /** What the current process has printed. */
  get output(): string {
    return this.#process.stdout()
  }

  async untilReady(): Promise<void> {
    const isReady = async () =>
      (await fetch(`${this.url}/_twin/ready`).catch(() => undefined))?.status === 200
    await until('the server to be ready', isReady, START_LIMIT_MS).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.log}`)
    })
  }

  /** Sends it a signal; it is started again. Resolves when that process has ended. */
  async signal(name: NodeJS.Signals): Promise<void> {
    const { child, ended } = this.#process
    child.kill(name)
    await ended
  }

  /** Stops it for good. */
  async stop(): Promise<void> {
    this.#isKept = false
    this.#process.child.kill('SIGTERM')
    await this.#keeping
  }

  async #keep(): Promise<void> {
    for (;;) {
      await this.#process.ended
      if (!this.#isKept) return
      await delay(RESTART_PAUSE_MS)
      this.restarts++
      this.#process = this.#start()
    }
  }
}
