import type { StoredEvent } from '../core/event.ts'
import { isTransient } from '../store/errors.ts'
import type { JudgedProject } from '../store/events.ts'

/** What one request wants committed. */
export interface Batch {
  readonly events: readonly StoredEvent[]
  /** The projects of the events, as they were judged. */
  readonly projects: readonly JudgedProject[]
}

/**
 * What became of a batch. `stale`: a project changed or went since it was judged; judge again. `full`: too
 * much is waiting. `unavailable`: the store cannot be reached. In all three nothing of the batch was written.
 */
export type CommitOutcome = 'committed' | 'stale' | 'full' | 'unavailable'

/** How the queue writes and how much it holds. */
export interface CommitQueueOptions {
  /** One transaction, all or nothing; false for stale. Throws the database's errors. */
  readonly write: (events: readonly StoredEvent[], projects: readonly JudgedProject[]) => Promise<boolean>
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

interface Waiting extends Batch {
  readonly bytes: number
  readonly resolve: (outcome: CommitOutcome) => void
  readonly reject: (error: unknown) => void
}

/** What a row costs beside its properties: ids, times, name. */
const ROW_OVERHEAD_BYTES = 256

/**
 * Commits together what arrives together: while the lanes are busy requests gather, and the next free lane
 * takes them as one transaction. Each request is answered after its own commit. A group that fails is
 * retried request by request, so that one cannot fail its neighbours.
 */
export class CommitQueue {
  readonly #options: CommitQueueOptions
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #busyLanes = 0
  #isFlushScheduled = false
  #onIdle: (() => void)[] = []

  constructor(options: CommitQueueOptions) {
    this.#options = options
  }

  /** Bytes waiting for a lane. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** True while another batch would be refused. */
  get isFull(): boolean {
    return this.#waitingBytes >= this.#options.maxWaitingBytes
  }

  /** Resolves once the batch is committed, or will not be. Rejects on a bug: data that Postgres refuses. */
  submit(batch: Batch): Promise<CommitOutcome> {
    if (this.isFull) return Promise.resolve('full')
    return new Promise((resolve, reject) => {
      const bytes = sizeOf(batch.events)
      this.#waiting.push({ ...batch, bytes, resolve, reject })
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
        else if (this.#busyLanes === 0) this.#tellIdle()
      })
    }
  }

  #takeGroup(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const batch of this.#waiting) {
      if (count > 0 && bytes + batch.bytes > this.#options.maxGroupBytes) break
      bytes += batch.bytes
      count++
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  /** Never rejects: each batch's own promise carries what happened. */
  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const isWritten = await this.#write(group)
      if (isWritten) return settle(group, 'committed')
      if (group.length === 1) return settle(group, 'stale')
    } catch (error) {
      this.#options.onFailure(error)
      if (isTransient(error)) return settle(group, 'unavailable')
      if (group.length === 1) return group[0]?.reject(error)
    }
    for (const batch of group) await this.#writeGroup([batch])
  }

  #write(group: readonly Waiting[]): Promise<boolean> {
    const [only] = group
    if (group.length === 1 && only !== undefined) return this.#options.write(only.events, only.projects)
    const projects = new Map<string, JudgedProject>()
    for (const batch of group) {
      for (const project of batch.projects) projects.set(`${project.id}:${project.version}`, project)
    }
    return this.#options.write(
      group.flatMap((batch) => batch.events),
      [...projects.values()],
    )
  }

  #tellIdle(): void {
    const waiters = this.#onIdle
    this.#onIdle = []
    for (const resolve of waiters) resolve()
  }
}

function sizeOf(events: readonly StoredEvent[]): number {
  let bytes = 0
  for (const event of events) bytes += event.propertiesJson.length + ROW_OVERHEAD_BYTES
  return bytes
}

function settle(group: readonly Waiting[], outcome: CommitOutcome): void {
  for (const batch of group) batch.resolve(outcome)
}
