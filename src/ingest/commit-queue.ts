import { setTimeout as sleep } from 'node:timers/promises'
import { groupBy } from '../core/group-by.ts'
import { isAwaitingPartition, isTransient, isUnreachable } from '../store/errors.ts'
import type { Attempt } from '../store/locks.ts'
import { HeldBatches } from './held-batches.ts'

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
  /**
   * Writes a group in one transaction, all or nothing. `waitMs`: how long it waits for a lock that others hold; 0 if it
   * must give up at once. Throws the database's errors.
   */
  readonly write: (group: readonly B[], waitMs: number) => Promise<Attempt<readonly R[]>>
  /** The ids of the projects that a batch writes to. */
  readonly projectIdsOf: (batch: B) => readonly number[]
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
  /**
   * How long batches are gathered before a lane writes them, in ms, while there are several at a time; by default not at
   * all. For a server of several processes: each gets a part of the requests, and a transaction for each part would cost
   * the database more.
   */
  readonly gatherMs?: number
  /** Called for each write that failed; its batches may still be committed one by one. */
  readonly onFailure: (error: unknown) => void
  /** A clock that never goes back, in ms. */
  readonly now: () => number
}

/** With groups of so many batches, there are several at a time. */
const SEVERAL = 4

/** Longer than a statement waits for a lock, which is a matter of one project. */
const STALLED_AFTER_MS = 12_000
/** After this without a failure there may be nothing to commit; the next write tells. */
const FAILURE_COUNTS_MS = 10_000

/** How long a batch waits for locks altogether, and how long it waits in the database at a time. */
const MAX_HELD_MS = 15_000
const LOCK_WAIT_MS = 500
/** How often a batch of several projects is tried, which does not wait for one lock while it holds another. */
const TRY_EVERY_MS = 50
/** The share of what may wait that the batches of one project may take while its lock is held. */
const HELD_SHARE = 0.25

interface Waiting<B, R> {
  readonly batch: B
  readonly bytes: number
  readonly projectIds: readonly number[]
  /** When it first met a lock that others held. */
  heldSinceMs?: number
  readonly resolve: (outcome: CommitOutcome<R>) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: batches that arrive while all lanes are busy are gathered, and the next free lane writes them in one
 * transaction. Each promise resolves after its batch's commit. A group that fails is retried batch by batch, so that
 * one bad batch cannot fail the others; transient errors are not retried.
 *
 * A lane never waits for the lock of a project: if others hold it, the batches of that project are set aside, and a lane
 * of their own waits for the lock.
 */
export class CommitQueue<B, R> {
  readonly #options: CommitQueueOptions<B, R>
  #waiting: Waiting<B, R>[] = []
  #waitingBytes = 0
  readonly #held = new HeldBatches<Waiting<B, R>>()
  #isWritingHeld = false
  #busyLanes = 0
  #isFlushScheduled = false
  /** The number of batches in the last group. */
  #lastCount = 0
  #onIdle: (() => void)[] = []
  /** When the first write since the last success began. */
  #triedSinceMs: number | undefined
  #failedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: CommitQueueOptions<B, R>) {
    this.#options = options
  }

  get waitingBytes(): number {
    return this.#waitingBytes + this.#held.bytes
  }

  get waitingRequests(): number {
    return this.#waiting.length + this.#held.count
  }

  /** True if a further batch would be refused. */
  get isFull(): boolean {
    return this.waitingBytes >= this.#options.maxWaitingBytes
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
      const waiting = { batch, bytes, projectIds: this.#options.projectIdsOf(batch), resolve, reject }
      const held = this.#held.find(waiting.projectIds)
      if (held !== undefined) return this.#hold(held, [waiting])
      this.#waiting.push(waiting)
      this.#waitingBytes += bytes
      this.#scheduleFlush()
    })
  }

  /** Resolves once nothing is waiting or being written. */
  async drain(): Promise<void> {
    if (this.#isIdle) return
    await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#busyLanes === 0 && !this.#isWritingHeld
  }

  /** Defers the flush to the next event loop iteration, so that requests read in this one are grouped, or longer. */
  #scheduleFlush(): void {
    const { lanes, gatherMs = 0 } = this.#options
    if (this.#isFlushScheduled || this.#busyLanes >= lanes) return
    this.#isFlushScheduled = true
    const flush = () => {
      this.#isFlushScheduled = false
      this.#flush()
    }
    if (gatherMs > 0 && this.#lastCount >= SEVERAL) setTimeout(flush, gatherMs)
    else setImmediate(flush)
  }

  #flush(): void {
    while (this.#busyLanes < this.#options.lanes && this.#waiting.length > 0) {
      // Small amounts wait for the busy lane: fewer, larger transactions have more throughput.
      if (this.#busyLanes > 0 && this.#waitingBytes < this.#options.minSecondLaneBytes) return
      const group = this.#takeGroup()
      this.#busyLanes++
      void this.#writeGroup(group, 0).finally(() => {
        this.#busyLanes--
        if (this.#waiting.length > 0) this.#scheduleFlush()
        this.#notifyIdle()
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
    this.#lastCount = count
    return this.#waiting.splice(0, count)
  }

  /** Never rejects: the promise of each batch carries its result or error. */
  async #writeGroup(group: readonly Waiting<B, R>[], waitMs: number): Promise<void> {
    this.#triedSinceMs ??= this.#options.now()
    const batches = group.map((waiting) => waiting.batch)
    try {
      const attempt = await this.#options.write(batches, waitMs)
      this.#triedSinceMs = undefined
      if (attempt.kind === 'locked') return await this.#setAside(group, attempt.projectIds, waitMs)
      if (attempt.kind === 'done') {
        for (const [index, result] of attempt.result.entries()) {
          group[index]?.resolve({ kind: 'committed', result })
        }
        return
      }
      if (group.length === 1) return group[0]?.resolve({ kind: 'stale' })
    } catch (error) {
      this.#options.onFailure(error)
      this.#failedAtMs = this.#options.now()
      // Only some of the events have no place yet, so others must not fail with them.
      const isOfSome = isAwaitingPartition(error) && group.length > 1
      if (isTransient(error) && !isOfSome) {
        const kind = isUnreachable(error) ? 'unavailable' : 'full'
        for (const waiting of group) waiting.resolve({ kind })
        return
      }
      if (group.length === 1) return group[0]?.reject(error)
    }
    for (const waiting of group) await this.#writeGroup([waiting], waitMs)
  }

  /** Sets aside the batches of a group whose locks others hold, and writes the others. */
  async #setAside(
    group: readonly Waiting<B, R>[],
    lockedIds: readonly number[],
    waitMs: number,
  ): Promise<void> {
    const locked = new Set(lockedIds)
    const byProject = groupBy(group, ({ projectIds }) => projectIds.find((id) => locked.has(id)))
    for (const [id, batches] of byProject) if (id !== undefined) this.#hold(id, batches)
    const rest = byProject.get(undefined)
    if (rest !== undefined) await this.#writeGroup(rest, waitMs)
  }

  /** Lets batches wait for the lock of a project, unless too much is waiting for it, or they have waited for too long. */
  #hold(projectId: number, batches: readonly Waiting<B, R>[]): void {
    const now = this.#options.now()
    const maxBytes = this.#options.maxWaitingBytes * HELD_SHARE
    const isFull = this.#held.bytesOf(projectId) >= maxBytes
    const patient: Waiting<B, R>[] = []
    for (const waiting of batches) {
      const isNew = waiting.heldSinceMs === undefined
      waiting.heldSinceMs ??= now
      if (isNew ? isFull : now - waiting.heldSinceMs >= MAX_HELD_MS) waiting.resolve({ kind: 'full' })
      else if (isNew) this.#held.add(projectId, waiting)
      else patient.push(waiting)
    }
    this.#held.putBack(projectId, patient)
    if (!this.#isWritingHeld) void this.#writeHeld()
  }

  /** Writes what waits for locks, one project after another. Never rejects. */
  async #writeHeld(): Promise<void> {
    this.#isWritingHeld = true
    for (;;) {
      const turn = this.#held.takeTurn(this.#options.maxGroupBytes)
      if (turn === undefined) break
      const isAlone = turn.group.every(({ projectIds }) => projectIds.length === 1)
      if (!isAlone) await sleep(TRY_EVERY_MS)
      await this.#writeGroup(turn.group, isAlone ? LOCK_WAIT_MS : 0)
      this.#held.endTurn(turn.projectId)
    }
    this.#isWritingHeld = false
    this.#notifyIdle()
  }

  #notifyIdle(): void {
    if (!this.#isIdle) return
    const waiters = this.#onIdle
    this.#onIdle = []
    for (const resolve of waiters) resolve()
  }
}
