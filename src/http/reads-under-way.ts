import type { FastifyReply } from 'fastify'
import { isGone } from './client-gone.ts'

/** The kinds of reads that are counted separately. */
export type ReadKind = 'query' | 'export' | 'retrieval'

/**
 * The default limit of reads of one kind per project, running or queued: Mixpanel's limit for exports. Mixpanel allows
 * five queries; a test suite that sends more at once is served here, one after another.
 */
const MAX_AT_ONCE = 100
/**
 * The limit for all projects together, except that each may have one: an export that its client does not read holds 3
 * MB.
 */
const MAX_IN_ALL = 150

/** The numbers of reads in progress, which this process knows, or another. */
export interface ReadCounter {
  /**
   * Counts a read; false if there are too many. In: the project's public id, and the limit of its settings; null for the
   * server's default.
   */
  take(kind: ReadKind, publicId: number, limit: number | null): Promise<boolean> | boolean
  /** Ends a read that was counted. */
  release(kind: ReadKind, publicId: number): void
  /** A project's reads of one kind. */
  count(kind: ReadKind, publicId: number): Promise<number> | number
}

/** The numbers of reads in progress, in the memory of one process. */
export class ReadCounts implements ReadCounter {
  readonly #ofProjects = new Map<string, number>()
  readonly #ofKinds = new Map<ReadKind, number>()

  take(kind: ReadKind, publicId: number, limit: number | null): boolean {
    const count = this.count(kind, publicId)
    if (count >= (limit ?? MAX_AT_ONCE)) return false
    if (limit === null && count > 0 && (this.#ofKinds.get(kind) ?? 0) >= MAX_IN_ALL) return false
    add(this.#ofProjects, keyOf(kind, publicId), 1)
    add(this.#ofKinds, kind, 1)
    return true
  }

  release(kind: ReadKind, publicId: number): void {
    add(this.#ofProjects, keyOf(kind, publicId), -1)
    add(this.#ofKinds, kind, -1)
  }

  count(kind: ReadKind, publicId: number): number {
    return this.#ofProjects.get(keyOf(kind, publicId)) ?? 0
  }
}

/** The reads in progress of this process, each counted until its answer has been sent or abandoned. */
export class ReadsUnderWay {
  readonly #counter: ReadCounter
  #total = 0

  constructor(counter: ReadCounter = new ReadCounts()) {
    this.#counter = counter
  }

  /** Reads in progress. */
  get total(): number {
    return this.#total
  }

  /** A project's reads of one kind in progress. In: its public id. */
  count(kind: ReadKind, publicId: number): Promise<number> | number {
    return this.#counter.count(kind, publicId)
  }

  /** Counts a read until its answer has been sent or abandoned; false if there are too many. As ReadCounter.take. */
  async take(kind: ReadKind, publicId: number, limit: number | null, reply: FastifyReply): Promise<boolean> {
    // A client that has gone already will not emit close again.
    if (isGone(reply.raw)) return true
    if (!(await this.#counter.take(kind, publicId, limit))) return false
    this.#total += 1
    const release = () => {
      this.#total -= 1
      this.#counter.release(kind, publicId)
    }
    if (isGone(reply.raw)) release()
    else reply.raw.once('close', release)
    return true
  }
}

function keyOf(kind: ReadKind, publicId: number): string {
  return `${kind} of ${publicId}`
}

function add<Key>(counts: Map<Key, number>, key: Key, more: number): void {
  const count = (counts.get(key) ?? 0) + more
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
