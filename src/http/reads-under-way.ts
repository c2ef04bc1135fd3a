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

/** Counts reads in progress, by project and by kind. */
export class ReadsUnderWay {
  readonly #ofProjects = new Map<string, number>()
  readonly #ofKinds = new Map<ReadKind, number>()

  /** Reads in progress. */
  get total(): number {
    let total = 0
    for (const count of this.#ofKinds.values()) total += count
    return total
  }

  /** A project's reads of one kind in progress. In: its public id. */
  count(kind: ReadKind, publicId: number): number {
    return this.#ofProjects.get(keyOf(kind, publicId)) ?? 0
  }

  /**
   * Counts a read until its answer has been sent or abandoned; false if there are too many. In: the project's public
   * id, and the limit of its settings; null for the server's default.
   */
  take(kind: ReadKind, publicId: number, limit: number | null, reply: FastifyReply): boolean {
    // A client that has gone already will not emit close again.
    if (isGone(reply.raw)) return true
    const key = keyOf(kind, publicId)
    const count = this.count(kind, publicId)
    if (count >= (limit ?? MAX_AT_ONCE)) return false
    if (limit === null && count > 0 && (this.#ofKinds.get(kind) ?? 0) >= MAX_IN_ALL) return false
    add(this.#ofProjects, key, 1)
    add(this.#ofKinds, kind, 1)
    reply.raw.once('close', () => {
      add(this.#ofProjects, key, -1)
      add(this.#ofKinds, kind, -1)
    })
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
