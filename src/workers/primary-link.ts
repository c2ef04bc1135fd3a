import type { Broadcast } from '../core/broadcast.ts'
import type { ArmedFault, ServerFaults } from '../http/armed-faults.ts'
import { asksForProject, isStruck } from '../http/armed-faults.ts'
import type { ReadCounter } from '../http/reads-under-way.ts'
import type { OtherProcesses, OwnParts, SharedParts } from '../http/shared-parts.ts'
import { isCounted, type ProjectLimits } from '../ingest/rate-limits.ts'
import { type Channel, Peer } from './peer.ts'
import type { PrimaryMethods, TopicMessage, WorkerMethods } from './protocol.ts'

type Primary = Peer<PrimaryMethods>

/**
 * The parts that a worker shares with the others, by way of the primary. The primary is asked only about requests that
 * match a fault, of projects with a limit, and that read; the usual ingestion asks nothing.
 */
export class PrimaryLink implements SharedParts {
  readonly faults: ServerFaults
  readonly limits: ProjectLimits
  readonly reads: ReadCounter
  readonly broadcast: Broadcast
  readonly others: OtherProcesses

  /** `own`: how the primary starts and stops this worker. */
  constructor(channel: Channel, own: Pick<WorkerMethods, 'start' | 'stop'>) {
    let armed: readonly ArmedFault[] = []
    let parts: OwnParts | undefined
    const topics = new Topics(() => primary)
    const primary: Primary = new Peer<PrimaryMethods>(channel, {
      ...own,
      start: async (order) => {
        armed = order.faults
        return await own.start(order)
      },
      setFaults: (faults) => {
        armed = faults
      },
      deliver: (messages) => topics.deliver(messages),
      collect: async () => (await parts?.collect()) ?? [],
      flushClients: async () => await parts?.flushClients(),
    } satisfies WorkerMethods)
    this.faults = askedFaults(primary, () => armed)
    this.limits = askedLimits(primary)
    this.reads = askedReads(primary)
    this.broadcast = topics
    this.others = {
      serve: (served) => {
        parts = served
      },
      collectAll: () => primary.call('collectAll'),
      flushAllClients: () => primary.call('flushAllClients'),
    }
  }
}

function askedFaults(primary: Primary, armed: () => readonly ArmedFault[]): ServerFaults {
  return {
    get isEmpty() {
      return armed().length === 0
    },
    asksForProject: (call) => asksForProject(armed(), call),
    strike: async (call, named) => {
      const mayFire = armed().some((fault) => isStruck(fault, call, named))
      return mayFire ? await primary.call('strike', call, named) : undefined
    },
    put: (faults, of) => primary.call('putFaults', faults, of),
    list: (of) => primary.call('listFaults', of),
  }
}

function askedLimits(primary: Primary): ProjectLimits {
  return {
    take: ({ publicId, settings }, amounts, nowMs) => {
      if (!isCounted({ publicId, settings }, amounts)) return undefined
      return primary.call('takeLimits', { publicId, settings }, amounts, nowMs)
    },
    used: ({ publicId, settings }, name, nowMs) =>
      primary.call('usedOfLimit', { publicId, settings }, name, nowMs),
  }
}

function askedReads(primary: Primary): ReadCounter {
  return {
    take: (kind, publicId, limit) => primary.call('takeRead', kind, publicId, limit),
    release: (kind, publicId) => void primary.call('releaseRead', kind, publicId),
    count: (kind, publicId) => primary.call('countReads', kind, publicId),
  }
}

/** For so long, in ms, messages are gathered: under load each request may bring an id that is new. */
const GATHER_MS = 5

/** Sends the messages of a few milliseconds together. */
class Topics implements Broadcast {
  readonly #primary: () => Primary
  readonly #listeners = new Map<string, ((message: never) => void)[]>()
  #waiting: TopicMessage[] = []
  #sent: Promise<void> | undefined

  constructor(primary: () => Primary) {
    this.#primary = primary
  }

  join<Message>(topic: string, onMessage: (message: Message) => void) {
    this.#listeners.set(topic, [...(this.#listeners.get(topic) ?? []), onMessage])
    return (message: Message): Promise<void> => {
      this.#waiting.push({ topic, message })
      this.#sent ??= new Promise((sent) => setTimeout(() => sent(this.#send()), GATHER_MS))
      return this.#sent
    }
  }

  deliver(messages: readonly TopicMessage[]): void {
    for (const { topic, message } of messages) {
      // Each topic has one type of messages.
      for (const onMessage of this.#listeners.get(topic) ?? []) onMessage(message as never)
    }
  }

  async #send(): Promise<void> {
    const messages = this.#waiting
    this.#waiting = []
    this.#sent = undefined
    await this.#primary().call('broadcast', messages)
  }
}
