import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { KINDS, type Kind, makeOperation, type Operation, type Projects } from './operations.ts'
import { seededRandom } from './random.ts'
import { post, type Reply } from './send.ts'

/** An operation, and what became of it. */
export interface Sent {
  readonly operation: Operation
  /** How often it was sent, which may be how often it was done. */
  attempts: number
  isAcknowledged: boolean
}

/** When a request that was acknowledged was sent and answered, in ms of the clock. */
interface Acknowledged {
  readonly sentMs: number
  readonly answeredMs: number
}

export interface TrafficOptions {
  readonly seed: number
  readonly clients: number
  /** Requests per second of all clients together, if they can; otherwise they pause. */
  readonly ratePerS?: number
  /** The mean pause of a client between two requests, in ms. */
  readonly pauseMs: number
  readonly projects: Projects
  /** The servers, which each client takes in turn. */
  readonly urls: readonly string[]
  /** Lets go of what it knows of operations that were acknowledged; for traffic that is not compared afterwards. */
  readonly forgets?: boolean
}

/** How long an operation is sent again, once the traffic is being stopped. */
const LAST_TRIES_MS = 60_000
/** Shorter than servers ask to wait, so that a client does not sleep through a fault. */
const RETRY_PAUSE_MS = 200

/** The weights of the kinds, of which most are plain events. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  track: 8,
  import: 2,
  link: 3,
  identify: 2,
  set: 2,
  add: 3,
  group: 2,
}

/**
 * Mixed traffic. Every second client sends what was not acknowledged again, as SDKs do, with the same `$insert_id`s; the
 * others leave it.
 */
export class Traffic {
  readonly sent: Sent[] = []
  readonly acknowledged: Acknowledged[] = []
  /** How many requests were answered in which way. */
  readonly answers = new Map<string, number>()
  /** Answers that no fault explains. */
  readonly wrong: string[] = []
  requests = 0
  readonly #options: TrafficOptions
  readonly #clients: readonly Promise<void>[]
  #stopAtMs: number | undefined
  readonly #dueMs = new Map<number, number>()

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#clients = Array.from({ length: options.clients }, (_, client) => this.#run(client))
  }

  /** Waits until a request that was sent after this time has been acknowledged. Out: when it was answered. */
  async answeredAfter(sinceMs: number, limitMs: number): Promise<number | undefined> {
    while (performance.now() < sinceMs + limitMs) {
      const first = this.acknowledged.findLast(({ sentMs }) => sentMs >= sinceMs)
      if (first !== undefined) {
        const all = this.acknowledged.filter(({ sentMs }) => sentMs >= sinceMs)
        return Math.min(...all.map(({ answeredMs }) => answeredMs))
      }
      await delay(5)
    }
    return undefined
  }

  /** Waits until so many requests have been acknowledged: the server is warm then. */
  async untilAcknowledged(count: number): Promise<void> {
    while (this.acknowledged.length < count) await delay(5)
  }

  /** Lets the clients finish what they are sending. */
  async stop(): Promise<void> {
    this.#stopAtMs = performance.now()
    await Promise.all(this.#clients)
  }

  async #run(client: number): Promise<void> {
    const { seed, projects } = this.#options
    const random = seededRandom(seed * 1_000 + client)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    for (let number = 0; this.#stopAtMs === undefined; number++) {
      const operation = makeOperation(drawKind(random), projects, client, number)
      await this.#deliver(operation, agent, { first: client + number, again: client % 2 === 1 })
      await this.#pause(client, random)
    }
    agent.destroy()
  }

  async #pause(client: number, random: () => number): Promise<void> {
    const { pauseMs, ratePerS, clients } = this.#options
    if (ratePerS === undefined) return await delay(2 * pauseMs * random())
    // When this client's next request is due; what a fault has held up is not made up for.
    const everyMs = (1_000 * clients) / ratePerS
    const dueMs = Math.max((this.#dueMs.get(client) ?? 0) + everyMs, performance.now() - 2 * everyMs)
    this.#dueMs.set(client, dueMs)
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await delay(waitMs)
  }

  async #deliver(
    operation: Operation,
    agent: http.Agent,
    { first, again }: { readonly first: number; readonly again: boolean },
  ): Promise<void> {
    const sent: Sent = { operation, attempts: 0, isAcknowledged: false }
    if (this.#options.forgets !== true) this.sent.push(sent)
    do {
      const sentMs = performance.now()
      const reply = await this.#send(operation, agent, first + sent.attempts)
      sent.attempts++
      sent.isAcknowledged = this.#judge(operation, reply)
      if (sent.isAcknowledged) return this.#note({ sentMs, answeredMs: performance.now() })
      await delay(RETRY_PAUSE_MS)
    } while (again && performance.now() < (this.#stopAtMs ?? Number.POSITIVE_INFINITY) + LAST_TRIES_MS)
  }

  #note(acknowledged: Acknowledged): void {
    if (this.#options.forgets === true) this.acknowledged.length = 0
    this.acknowledged.push(acknowledged)
  }

  /** Sends to one server, or to the next if that accepts no connection, as a balancer does. */
  async #send({ message }: Operation, agent: http.Agent, first: number): Promise<Reply> {
    const { urls } = this.#options
    let reply: Reply = { kind: 'failed', code: 'no server' }
    for (let tried = 0; tried < urls.length; tried++) {
      reply = await post(urls[(first + tried) % urls.length] ?? '', message, agent)
      this.requests++
      if (reply.kind === 'answered' || reply.code !== 'ECONNREFUSED') return reply
    }
    return reply
  }

  #judge({ kind }: Operation, reply: Reply): boolean {
    const answer = reply.kind === 'failed' ? reply.code : String(reply.status)
    this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1)
    if (reply.kind === 'failed') return false
    const { status, retryAfter, text } = reply
    if (status === 503 || status === 429) {
      if (retryAfter === undefined) this.wrong.push(`${status} without Retry-After`)
      return false
    }
    const isAcknowledged = status === 200 && (kind === 'import' || text === '1')
    if (!isAcknowledged) this.wrong.push(`${kind}: ${status} ${text.slice(0, 200)}`)
    return isAcknowledged
  }
}

function drawKind(random: () => number): Kind {
  const total = KINDS.reduce((sum, kind) => sum + WEIGHTS[kind], 0)
  let left = random() * total
  for (const kind of KINDS) {
    left -= WEIGHTS[kind]
    if (left < 0) return kind
  }
  return 'track'
}
