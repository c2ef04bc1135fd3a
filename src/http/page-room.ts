import type { FastifyReply } from 'fastify'
import { TARGET_PAGE_CHARS } from '../read/event-pages.ts'
import { isGone } from './client-gone.ts'

/** The size of the pages of all exports under way together. A page is in memory twice: as text, and as what is sent. */
const PAGES_CHARS = 24_000_000

/**
 * What exports hold while their clients read slowly: each has a page or two in memory, and the more exports there are,
 * the smaller their pages.
 */
export class PageRoom {
  #exports = 0

  /** Counts an export until its answer has been sent or abandoned. Out: the size of its next page, in characters. */
  enter({ raw }: FastifyReply): () => number {
    // A client that has gone already will not emit close again.
    if (!isGone(raw)) {
      this.#exports++
      raw.once('close', () => this.#exports--)
    }
    return () => Math.min(TARGET_PAGE_CHARS, PAGES_CHARS / Math.max(1, this.#exports))
  }
}
