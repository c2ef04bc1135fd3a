import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { err, type Result } from '../core/result.ts'
import { YOUNG_SPACE_ARGUMENT } from '../server/heap.ts'
import type { StartError } from '../start-error.ts'
import { closeLostConnections } from './lost-connections.ts'
import type { Channel } from './peer.ts'
import type { Listening, Order } from './protocol.ts'
import { type Member, SharedState } from './shared-state.ts'

/** Workers that may end by themselves within a minute; with more, the server ends, for a supervisor to restart. */
const MAX_ENDED = 5
const ENDED_WITHIN_MS = 60_000
/** Before a further worker is replaced within that time. */
const REPLACE_AFTER_MS = 1_000
/** How long a worker takes at most to give up its requests and its database, beside the time that it drains. */
const STOP_LIMIT_MS = 12_000

/** The argument by which main.ts starts a worker. */
const WORKER_ARGUMENT = '--worker'

export interface TeamOptions {
  readonly order: Omit<Order, 'faults'>
  readonly log: Logger
  /** A clock that never goes back, in ms. */
  readonly now: () => number
  /** Called with a sentence if the server cannot go on. */
  readonly onFailure: (reason: string) => void
}

interface Colleague {
  readonly worker: Worker
  readonly member: Member
  readonly ended: Promise<unknown>
  /** It has listened, so that it is replaced if it ends. */
  isListening: boolean
}

/** The worker processes of a server, which share its port. */
export class Team {
  readonly #options: TeamOptions
  readonly #state = new SharedState()
  readonly #colleagues = new Set<Colleague>()
  #isStopping = false
  #endedAtMs: number[] = []

  constructor(options: TeamOptions) {
    this.#options = options
    const execArgv = [YOUNG_SPACE_ARGUMENT, ...process.execArgv]
    cluster.setupPrimary({ args: [WORKER_ARGUMENT], execArgv, serialization: 'advanced' })
  }

  /** Starts a worker. Out: its URL, which is that of all. */
  async add(): Promise<Result<Listening, StartError>> {
    if (this.#isStopping) return err({ code: 'given_up', message: 'The start was cancelled.' })
    const worker = cluster.fork()
    closeLostConnections(worker)
    const member = this.#state.join(channelTo(worker))
    const ended = once(worker, 'exit')
    const colleague: Colleague = { worker, member, ended, isListening: false }
    this.#colleagues.add(colleague)
    void ended.then(([code, signal]) => this.#left(colleague, signal ?? code))
    try {
      const started = await member.peer.call('start', { ...this.#options.order, faults: this.#state.armed })
      colleague.isListening = started.ok
      return started
    } catch {
      return err({ code: 'worker_ended', message: 'A worker process has ended while it started.' })
    }
  }

  /** Lets all workers answer their requests, and ends them. */
  async stop(): Promise<void> {
    this.#isStopping = true
    const all = [...this.#colleagues]
    const limit = delay(this.#options.order.config.drainMs + STOP_LIMIT_MS, undefined, { ref: false })
    await Promise.all(
      all.map(async ({ worker, member, ended }) => {
        member.peer.call('stop').catch(() => undefined)
        await Promise.race([ended, limit])
        worker.process.kill('SIGKILL')
        await ended
      }),
    )
  }

  async #left(colleague: Colleague, how: string | number): Promise<void> {
    this.#colleagues.delete(colleague)
    await this.#state.leave(colleague.member)
    if (this.#isStopping || !colleague.isListening) return
    this.#options.log.warn({ pid: colleague.worker.process.pid, how }, 'a worker has ended, and is replaced')
    await this.#replace()
  }

  async #replace(): Promise<void> {
    const nowMs = this.#options.now()
    this.#endedAtMs = [...this.#endedAtMs.filter((atMs) => nowMs - atMs < ENDED_WITHIN_MS), nowMs]
    if (this.#endedAtMs.length > MAX_ENDED) {
      this.#options.onFailure(
        `More than ${MAX_ENDED} workers have ended within a minute, so Twinpanel stops.`,
      )
      return
    }
    if (this.#endedAtMs.length > 1) await delay(REPLACE_AFTER_MS)
    const started = await this.add()
    if (started.ok || this.#isStopping) return
    this.#options.log.error({ reason: started.error.message }, 'a worker could not be started')
    await this.#replace()
  }
}

function channelTo(worker: Worker): Channel {
  return {
    // Sending to a worker that has just ended fails, and its end is known by another way.
    send: (message) => void (worker.isConnected() && worker.send(message as object, () => undefined)),
    onMessage: (listener) => void worker.on('message', listener),
  }
}
