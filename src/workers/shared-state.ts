import { setTimeout as delay } from 'node:timers/promises'
import { Faults } from '../http/armed-faults.ts'
import { ReadCounts, type ReadKind } from '../http/reads-under-way.ts'
import { RateLimits } from '../ingest/rate-limits.ts'
import type { Family } from '../metrics/tally.ts'
import { type Channel, Peer } from './peer.ts'
import type { PrimaryMethods, WorkerMethods } from './protocol.ts'

/** A worker that does not answer a scrape for so long, in ms, is reported as of the last one. */
const SCRAPE_MS = 2_000

/** A worker, and what it holds. */
export interface Member {
  readonly peer: Peer<WorkerMethods>
  /** Its reads in progress, which end with it. */
  readonly reads: { readonly kind: ReadKind; readonly publicId: number }[]
  /** Its metrics at the last scrape. */
  families: readonly Family[]
}

/** What the workers have in common, in the memory of the primary: the decisions that must be exact are made here. */
export class SharedState {
  readonly #faults = new Faults()
  readonly #limits = new RateLimits()
  readonly #reads = new ReadCounts()
  readonly #members = new Set<Member>()
  /** What workers that have ended had counted at the last scrape: a counter that fell would look like a restart. */
  #ended: readonly Family[] = []

  /** The faults that a new worker begins with. */
  get armed() {
    return this.#faults.armed
  }

  /** Serves a worker. */
  join(channel: Channel): Member {
    const member: Member = {
      peer: new Peer<WorkerMethods>(
        channel,
        this.#methodsFor(() => member),
      ),
      reads: [],
      families: [],
    }
    this.#members.add(member)
    return member
  }

  /** Lets go of a worker that has ended. */
  async leave(member: Member): Promise<void> {
    this.#members.delete(member)
    member.peer.close()
    for (const { kind, publicId } of member.reads.splice(0)) this.#reads.release(kind, publicId)
    if (member.families.length === 0) return
    const { sumUp } = await import('../metrics/exposition.ts')
    this.#ended = await sumUp([this.#ended, member.families])
  }

  #methodsFor(owner: () => Member): PrimaryMethods {
    return {
      strike: (call, named) => this.#faults.strike(call, named),
      putFaults: async (faults, of) => {
        this.#faults.put(faults, of)
        await this.#ofAll((peer) => peer.call('setFaults', this.#faults.armed))
      },
      listFaults: (of) => this.#faults.list(of),
      takeLimits: (project, amounts, nowMs) => this.#limits.take(project, amounts, nowMs),
      usedOfLimit: (project, name, nowMs) => this.#limits.used(project, name, nowMs),
      takeRead: (kind, publicId, limit) => {
        const isTaken = this.#reads.take(kind, publicId, limit)
        if (isTaken) owner().reads.push({ kind, publicId })
        return isTaken
      },
      releaseRead: (kind, publicId) => {
        const { reads } = owner()
        const at = reads.findIndex((read) => read.kind === kind && read.publicId === publicId)
        if (at >= 0) this.#reads.release(kind, publicId)
        reads.splice(at, at < 0 ? 0 : 1)
      },
      countReads: (kind, publicId) => this.#reads.count(kind, publicId),
      broadcast: async (messages) => await this.#ofAll((peer) => peer.call('deliver', messages), owner()),
      collectAll: () => this.#collectAll(),
      flushAllClients: async () => await this.#ofAll((peer) => peer.call('flushClients')),
    }
  }

  /** Calls all workers but one. A worker that ends meanwhile counts as having answered. */
  async #ofAll(call: (peer: Member['peer']) => Promise<unknown>, but?: Member): Promise<void> {
    const others = [...this.#members].filter((member) => member !== but)
    await Promise.allSettled(others.map(({ peer }) => call(peer)))
  }

  async #collectAll(): Promise<readonly (readonly Family[])[]> {
    const members = [...this.#members]
    const late = delay(SCRAPE_MS, undefined, { ref: false })
    await Promise.all(
      members.map(async (member) => {
        const families = await Promise.race([member.peer.call('collect').catch(() => undefined), late])
        if (families !== undefined) member.families = families
      }),
    )
    // One that has ended meanwhile is among the ended.
    return [this.#ended, ...members.filter((each) => this.#members.has(each)).map(({ families }) => families)]
  }
}
