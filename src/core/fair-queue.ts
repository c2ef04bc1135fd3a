import { Deferred } from './deferred.ts'

/** How many callers may run at once, and how many may wait. */
export interface QueueLimits {
  readonly atOnce: number
  /** Running per key; by default `atOnce`. */
  readonly perKey?: number | undefined
  /** Slots reserved for keys that have none running, so that this many newcomers never wait. */
  readonly spare?: number | undefined
  /** Waiting per key; unlimited by default. */
  readonly waitingPerKey?: number | undefined
}

/** A slot that was requested. */
export interface Slot {
  readonly hasBegun: boolean
  /** Resolves when it is granted. */
  readonly begins: Promise<void>
  /** Releases the slot, or withdraws the request for it; call once. */
  leave(): void
}

const BEGUN = Promise.resolve()

/**
 * Shares slots among keys: a free slot goes to the waiting key that has the fewest, and among equals to the one served
 * least recently; within a key, in the order of requests. So no key can starve another, however much it requests.
 */
export class FairQueue {
  readonly #atOnce: number
  readonly #perKey: number
  readonly #spare: number
  readonly #waitingPerKey: number
  readonly #begun = new Map<string, number>()
  /** Waiting callers by key; the key served last comes last. */
  readonly #queues = new Map<string, Set<() => void>>()
  #busy = 0
  #waiting = 0

  constructor({ atOnce, perKey = atOnce, spare = 0, waitingPerKey = Number.POSITIVE_INFINITY }: QueueLimits) {
    this.#atOnce = atOnce
    this.#perKey = perKey
    this.#spare = spare
    this.#waitingPerKey = waitingPerKey
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Requests a slot. Out: undefined if too many are waiting for that key already. */
  ask(key: string): Slot | undefined {
    if (this.#mayBegin(key)) {
      this.#begin(key)
      return { hasBegun: true, begins: BEGUN, leave: () => this.#end(key) }
    }
    const queue = this.#queues.get(key) ?? new Set()
    if (queue.size >= this.#waitingPerKey) return undefined
    return this.#wait(key, queue)
  }

  #wait(key: string, queue: Set<() => void>): Slot {
    const { promise: begins, resolve } = new Deferred<void>()
    let hasBegun = false
    const begin = () => {
      hasBegun = true
      resolve()
    }
    queue.add(begin)
    this.#queues.set(key, queue)
    this.#waiting++
    return {
      get hasBegun() {
        return hasBegun
      },
      begins,
      leave: () => {
        if (hasBegun) return this.#end(key)
        queue.delete(begin)
        this.#waiting--
        if (queue.size === 0) this.#queues.delete(key)
      },
    }
  }

  #mayBegin(key: string): boolean {
    const begun = this.#begun.get(key) ?? 0
    if (this.#busy >= this.#atOnce || begun >= this.#perKey) return false
    return begun === 0 || this.#busy < this.#atOnce - this.#spare
  }

  #begin(key: string): void {
    this.#busy++
    this.#begun.set(key, (this.#begun.get(key) ?? 0) + 1)
  }

  #end(key: string): void {
    this.#busy--
    const left = (this.#begun.get(key) ?? 1) - 1
    if (left === 0) this.#begun.delete(key)
    else this.#begun.set(key, left)
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#serve(next)
  }

  /** The key to serve next. */
  #next(): string | undefined {
    let next: string | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const key of this.#queues.keys()) {
      const begun = this.#begun.get(key) ?? 0
      if (begun < fewest && this.#mayBegin(key)) {
        next = key
        fewest = begun
      }
      if (fewest === 0) break
    }
    return next
  }

  #serve(key: string): void {
    const queue = this.#queues.get(key)
    const [begin] = queue ?? []
    if (queue === undefined || begin === undefined) return
    queue.delete(begin)
    this.#waiting--
    this.#queues.delete(key)
    if (queue.size > 0) this.#queues.set(key, queue)
    this.#begin(key)
    begin()
  }
}
