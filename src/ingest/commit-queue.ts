import { isTransient, isUnreachable } from '../store/errors.ts'

/**
 * What became of a batch. `stale`: a project changed or went since it was judged; judge again. `full`: too
 * much is waiting, or others were in the way for too long. `unavailable`: the store cannot be reached. In all three nothing of the batch was written.
 */
export type CommitOutcome<R> =
  | { readonly kind: 'committed'; readonly result: R }
  | { readonly kind: 'stale' | 'full' | 'unavailable' }

/** How the queue writes batches of type B, with a result of type R for each, and how much it holds. */
export interface CommitQueueOptions<B, R> {
  /** One transaction, all or nothing; undefined for stale. Throws the database's errors. */
  readonly write: (group: readonly B[]) => Promise<readonly R[] | undefined>
  /** Bytes of a batch, roughly. */
  readonly sizeOf: (batch: B) => number
  /** Transactions at a time. */
  readonly lanes: number
  /** Bytes from which a second transaction is begun beside one that is under way. */
  readonly minSecondLaneBytes: number
  /** Bytes that may wait; beyond it batches are refused as `full`. */
  readonly maxWaitingBytes: number
  /** Bytes gathered into one transaction. A larger batch goes alone. */
  readonly maxGroupBytes: number
  /** Told of each write that failed; its batches may still make it one by one. */
  readonly onFailure: (error: unknown) => void
}

interface Waiting<B, R> {
  readonly batch: B
  readonly bytes: number
  readonly resolve: (outcome: CommitOutcome<R>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Commits together what arrives together: while the lanes are busy requests gather, and the next free lane
 * takes them as one transaction. Each request is answered after its own commit. A group that fails is
 * retried request by request, so that one cannot fail its neighbours.
 */
export class CommitQueue<B, R> {
  readonly #options: CommitQueueOptions<B, R>
  #waiting: Waiting<B, R>[] = []
  #waitingBytes = 0
  #busyLanes = 0
  #isFlushScheduled = false
  #onIdle: (() => void)[] = []

  constructor(options: CommitQueueOptions<B, R>) {
    this.#options = options
  }

  /** Bytes waiting for a lane. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Requests waiting for a lane. */
  get waitingRequests(): number {
    return this.#waiting.length
  }

  /** True while another batch would be refused. */
  get isFull(): boolean {
    return this.#waitingBytes >= this.#options.maxWaitingBytes
  }

  /** Resolves once the batch is committed, or will not be. Rejects on a bug: data that Postgres refuses. */
  submit(batch: B): Promise<CommitOutcome<R>> {
    if (this.isFull) return Promise.resolve({ kind: 'full' })
    return new Promise((resolve, reject) => {
      const bytes = this.#options.sizeOf(batch)
      this.#waiting.push({ batch, bytes, resolve, reject })
      this.#waitingBytes += bytes
      this.#scheduleFlush()
    })
  }

  /** Resolves when nothing is waiting or being written. */
  async drain(): Promise<void> {
    if (this.#waiting.length === 0 && this.#busyLanes === 0) return
    await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  /** Waits for the end of this turn of the event loop, so that requests read in one turn go together. */
  #scheduleFlush(): void {
    if (this.#isFlushScheduled || this.#busyLanes >= this.#options.lanes) return
    this.#isFlushScheduled = true
    setImmediate(() => {
      this.#isFlushScheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    while (this.#busyLanes < this.#options.lanes && this.#waiting.length > 0) {
      // Little can wait for the lane that is busy: fewer and larger transactions serve more requests.
      if (this.#busyLanes > 0 && this.#waitingBytes < this.#options.minSecondLaneBytes) return
      const group = this.#takeGroup()
      this.#busyLanes++
      void this.#writeGroup(group).finally(() => {
        this.#busyLanes--
        if (this.#waiting.length > 0) this.#scheduleFlush()
        else if (this.#busyLanes === 0) this.#notifyIdle()
      })
    }
  }

  #takeGroup(): Waiting<B, R>[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#waiting) {
      if (count > 0 && bytes + waiting.bytes > this.#options.maxGroupBytes) break
      bytes += waiting.bytes
      count++
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  /** Never rejects: each batch's own promise carries what happened. */
  async #writeGroup(group: readonly Waiting<B, R>[]): Promise<void> {
    try {
      const results = await this.#options.write(group.map((waiting) => waiting.batch))
      if (results !== undefined) {
        for (const [index, result] of results.entries()) group[index]?.resolve({ kind: 'committed', result })
        return
      }
      if (group.length === 1) return group[0]?.resolve({ kind: 'stale' })
    } catch (error) {
      this.#options.onFailure(error)
      if (isTransient(error)) {
        const kind = isUnreachable(error) ? 'unavailable' : 'full'
        for (const waiting of group) waiting.resolve({ kind })
        return
      }
      if (group.length === 1) return group[0]?.reject(error)
    }
    for (const waiting of group) await this.#writeGroup([waiting])
  }

  #notifyIdle(): void {
    const waiters = this.#onIdle
    this.#onIdle = []
    for (const resolve of waiters) resolve()
  }
}
