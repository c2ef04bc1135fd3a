import { isTransient, isUnreachable } from '../store/errors.ts'

/**
 * The result of a commit. `stale`: a project was changed or deleted since the batch was judged; judge again. `full`:
 * too much is waiting, or a lock or connection took too long. `unavailable`: the database cannot be reached. In all
 * three, nothing of the batch was written.
 */
export type CommitOutcome<R> =
  | { readonly kind: 'committed'; readonly result: R }
  | { readonly kind: 'stale' | 'full' | 'unavailable' }

/** How a queue writes batches of type B, with a result of type R for each, and how much it holds. */
export interface CommitQueueOptions<B, R> {
  /** Writes a group in one transaction, all or nothing; undefined if it is stale. Throws the database's errors. */
  readonly write: (group: readonly B[]) => Promise<readonly R[] | undefined>
  /** The approximate size of a batch, in bytes. */
  readonly sizeOf: (batch: B) => number
  /** Concurrent transactions. */
  readonly lanes: number
  /** Bytes that must be waiting for a second transaction to start while another is running. */
  readonly minSecondLaneBytes: number
  /** Bytes that may wait; further batches are refused as `full`. */
  readonly maxWaitingBytes: number
  /** The maximum size of a group, in bytes. A larger batch is written alone. */
  readonly maxGroupBytes: number
  /** Called for each write that failed; its batches may still be committed one by one. */
  readonly onFailure: (error: unknown) => void
  /** A clock that never goes back, in ms. */
  readonly now: () => number
}

/** Longer than a statement waits for a lock, which is a matter of one project. */
const STALLED_AFTER_MS = 12_000
/** After this without a failure there may be nothing to commit; the next write tells. */
const FAILURE_COUNTS_MS = 10_000

interface Waiting<B, R> {
  readonly batch: B
  readonly bytes: number
  readonly resolve: (outcome: CommitOutcome<R>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: batches that arrive while all lanes are busy are gathered, and the next free lane writes them in one
 * transaction. Each promise resolves after its batch's commit. A group that fails is retried batch by batch, so that
 * one bad batch cannot fail the others; transient errors are not retried.
 */
export class CommitQueue<B, R> {
  readonly #options: CommitQueueOptions<B, R>
  #waiting: Waiting<B, R>[] = []
  #waitingBytes = 0
  #busyLanes = 0
  #isFlushScheduled = false
  #onIdle: (() => void)[] = []
  /** When the first write since the last success began. */
  #triedSinceMs: number | undefined
  #failedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: CommitQueueOptions<B, R>) {
    this.#options = options
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  get waitingRequests(): number {
    return this.#waiting.length
  }

  /** True if a further batch would be refused. */
  get isFull(): boolean {
    return this.#waitingBytes >= this.#options.maxWaitingBytes
  }

  /** True if writes are tried, and none has succeeded for a while. */
  get isStalled(): boolean {
    const now = this.#options.now()
    if (this.#triedSinceMs === undefined || now - this.#triedSinceMs < STALLED_AFTER_MS) return false
    return this.#busyLanes > 0 || this.#waiting.length > 0 || now - this.#failedAtMs < FAILURE_COUNTS_MS
  }

  /** Commits a batch with others. Rejects with errors that are not transient, which are bugs: data Postgres refuses. */
  submit(batch: B): Promise<CommitOutcome<R>> {
    if (this.isFull) return Promise.resolve({ kind: 'full' })
    return new Promise((resolve, reject) => {
      const bytes = this.#options.sizeOf(batch)
      this.#waiting.push({ batch, bytes, resolve, reject })
      this.#waitingBytes += bytes
      this.#scheduleFlush()
    })
  }

  /** Resolves once nothing is waiting or being written. */
  async drain(): Promise<void> {
    if (this.#waiting.length === 0 && this.#busyLanes === 0) return
    await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  /** Defers the flush to the next event loop iteration, so that requests read in this one are grouped. */
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
      // Small amounts wait for the busy lane: fewer, larger transactions have more throughput.
      if (this.#busyLanes > 0 && this.#waitingBytes < this.#options.minSecondLaneBytes) return
      const group = this.#takeGroup()
      this.#busyLanes++
      this.#triedSinceMs ??= this.#options.now()
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

  /** Never rejects: the promise of each batch carries its result or error. */
  async #writeGroup(group: readonly Waiting<B, R>[]): Promise<void> {
    try {
      const results = await this.#options.write(group.map((waiting) => waiting.batch))
      this.#triedSinceMs = undefined
      if (results !== undefined) {
        for (const [index, result] of results.entries()) group[index]?.resolve({ kind: 'committed', result })
        return
      }
      if (group.length === 1) return group[0]?.resolve({ kind: 'stale' })
    } catch (error) {
      this.#options.onFailure(error)
      this.#failedAtMs = this.#options.now()
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
