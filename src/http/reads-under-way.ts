import type { FastifyReply } from 'fastify'
import { isGone } from './client-gone.ts'

/** What is read, and is counted apart. */
export type ReadKind = 'query' | 'export' | 'retrieval'

/**
 * Reads of a kind of a project that are answered or wait at once where its settings do not say: as many as Mixpanel takes
 * of exports. Of queries it takes five; a suite of tests that asks for more at once is answered, one after another.
 */
const MAX_AT_ONCE = 100
/** Of all projects together, but for the one that any may have: an export that nobody takes holds 3 MB. */
const MAX_IN_ALL = 150

/** Counts reads that are being answered, by project and by kind. */
export class ReadsUnderWay {
  readonly #ofProjects = new Map<string, number>()
  readonly #ofKinds = new Map<ReadKind, number>()

  /** Reads being answered. */
  get total(): number {
    let total = 0
    for (const count of this.#ofKinds.values()) total += count
    return total
  }

  /**
   * Counts a read until its answer is out or given up; false when there are as many as there may be. In: the project's
   * public id, and the limit that it has set; null is the server's own.
   */
  take(kind: ReadKind, publicId: number, limit: number | null, reply: FastifyReply): boolean {
    // A client that has gone already will not be told to have gone again.
    if (isGone(reply.raw)) return true
    const key = `${kind} of ${publicId}`
    const count = this.#ofProjects.get(key) ?? 0
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

function add<Key>(counts: Map<Key, number>, key: Key, more: number): void {
  const count = (counts.get(key) ?? 0) + more
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
