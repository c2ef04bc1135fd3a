import { Deferred } from '../../../src/core/deferred.ts'
import type { StoredEvent } from '../../../src/core/event.ts'
import { CommitQueue, type CommitQueueOptions } from '../../../src/ingest/commit-queue.ts'
import type { Attempt, JudgedProject } from '../../../src/store/locks.ts'
import { aProject } from '../build.ts'

/** The name of an event that the store refuses, and with it the whole transaction. */
export const POISON = 'poison'

/** What is committed together. */
export interface Batch {
  readonly events: readonly StoredEvent[]
  readonly projects: readonly JudgedProject[]
}

/** What an event counts for beside its properties. */
const ROW_BYTES = 256

/** The queue under test, with its outcomes by name. */
class NamedQueue extends CommitQueue<Batch, string> {
  async outcomeOf(batch: Batch): Promise<string> {
    return (await this.submit(batch)).kind
  }
}

/** One transaction that was asked for. */
export interface Write {
  readonly names: readonly string[]
  readonly projects: readonly JudgedProject[]
}

/** A batch of events of these names, each of so many bytes of properties. */
export function aBatch(
  names: readonly string[],
  version = 1,
  propertiesBytes = 2,
  projectIds: readonly number[] = [101],
): Batch {
  const events = names.map((event): StoredEvent => {
    const propertiesJson = `{${' '.repeat(propertiesBytes - 2)}}`
    const ids = { projectId: 101, distinctId: 'u', insertId: event }
    return { ...ids, event, timeMs: 0, receivedAtMs: 0, sizeBytes: 0, isImported: false, propertiesJson }
  })
  return { events, projects: projectIds.map((id) => aProject({ id, version })) }
}

/**
 * A store in memory that behaves as the real one does: one transaction at a time per call, all or nothing, stale for a
 * project whose version is not the current one, locked for one whose lock another holds, an error for what it cannot
 * hold.
 */
export class InMemoryStore {
  readonly writes: Write[] = []
  readonly failures: unknown[] = []
  /** Names of the events that are committed, in the order of their commits. */
  readonly committed: string[] = []
  currentVersion = 1
  isReachable = true
  /** The projects whose lock another holds; a write that may wait for one waits for `waits`. */
  readonly lockedIds = new Set<number>()
  waits: () => Promise<void> = async () => undefined
  nowMs = 0
  running = 0
  mostRunning = 0
  #gate: Promise<void> = Promise.resolve()

  /** Holds up every write from now on, until the function that is given back is called. */
  hold(): () => void {
    const { promise, resolve } = new Deferred<void>()
    this.#gate = promise
    return resolve
  }

  /** A queue that writes here. */
  queue(options: Partial<CommitQueueOptions<Batch, string>> = {}): NamedQueue {
    return new NamedQueue({
      write: (group, waitMs) => this.#write(group, waitMs),
      projectIdsOf: ({ projects }) => projects.map(({ id }) => id),
      sizeOf: ({ events }) => events.reduce((sum, row) => sum + row.propertiesJson.length + ROW_BYTES, 0),
      lanes: 1,
      minSecondLaneBytes: 0,
      maxWaitingBytes: 1_000_000,
      maxGroupBytes: 1_000_000,
      now: () => this.nowMs,
      onFailure: (error) => void this.failures.push(error),
      ...options,
    })
  }

  async #write(group: readonly Batch[], waitMs: number): Promise<Attempt<readonly string[]>> {
    const events = group.flatMap((batch) => batch.events)
    const projects = group.flatMap((batch) => batch.projects)
    const names = events.map((event) => event.event)
    this.writes.push({ names, projects })
    this.running++
    this.mostRunning = Math.max(this.mostRunning, this.running)
    try {
      await this.#gate
      if (!this.isReachable) throw Object.assign(new Error('lost'), { code: 'ECONNRESET', syscall: 'read' })
      if (names.includes(POISON)) throw new TypeError('the store cannot hold this')
      if (waitMs > 0 && projects.some(({ id }) => this.lockedIds.has(id))) await this.waits()
      const projectIds = projects.flatMap(({ id }) => (this.lockedIds.has(id) ? [id] : []))
      if (projectIds.length > 0) return { kind: 'locked', projectIds }
      if (projects.some((project) => project.version !== this.currentVersion)) return { kind: 'stale' }
      this.committed.push(...names)
      return { kind: 'done', result: group.map((batch) => batch.events.map(({ event }) => event).join(' ')) }
    } finally {
      this.running--
    }
  }
}
