/** How many may have their turn, and how many may wait for it. */
export interface QueueLimits {
  readonly atOnce: number
  /** Of one key; as many as there are unless given. */
  readonly perKey?: number | undefined
  /** Turns that only a key without one may begin: so many newcomers never wait. */
  readonly spare?: number | undefined
  /** Of one key; without end unless given. */
  readonly waitingPerKey?: number | undefined
}

/** A place that was asked for. */
export interface Turn {
  readonly hasBegun: boolean
  /** Resolves when it begins. */
  readonly begins: Promise<void>
  /** Ends it, or gives up waiting for it; to be called once. */
  leave(): void
}

const BEGUN = Promise.resolve()

/**
 * Shares turns among keys: a turn that becomes free goes to the key that has the fewest, and where several do to the one
 * that has waited longest since its last; within a key in the order of asking. So no key can shut another out, however
 * much it asks for.
 */
export class FairQueue {
  readonly #atOnce: number
  readonly #perKey: number
  readonly #spare: number
  readonly #waitingPerKey: number
  readonly #begun = new Map<string, number>()
  /** Who waits, by key; the key that was served last stands last. */
  readonly #queues = new Map<string, Set<() => void>>()
  #busy = 0
  #waiting = 0

  constructor({ atOnce, perKey = atOnce, spare = 0, waitingPerKey = Number.POSITIVE_INFINITY }: QueueLimits) {
    this.#atOnce = atOnce
    this.#perKey = perKey
    this.#spare = spare
    this.#waitingPerKey = waitingPerKey
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting
  }

  /** Asks for a turn. Out: undefined where too many wait for that key already. */
  ask(key: string): Turn | undefined {
    if (this.#mayBegin(key)) {
      this.#begin(key)
      return { hasBegun: true, begins: BEGUN, leave: () => this.#end(key) }
    }
    const queue = this.#queues.get(key) ?? new Set()
    if (queue.size >= this.#waitingPerKey) return undefined
    return this.#wait(key, queue)
  }

  #wait(key: string, queue: Set<() => void>): Turn {
    const { promise: begins, resolve } = Promise.withResolvers<void>()
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
    const own = this.#begun.get(key) ?? 0
    if (this.#busy >= this.#atOnce || own >= this.#perKey) return false
    return own === 0 || this.#busy < this.#atOnce - this.#spare
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

  /** The key whose turn it is. */
  #next(): string | undefined {
    let next: string | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const key of this.#queues.keys()) {
      const own = this.#begun.get(key) ?? 0
      if (own < fewest && this.#mayBegin(key)) {
        next = key
        fewest = own
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
