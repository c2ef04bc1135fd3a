import type { FastifyReply } from 'fastify'
import { isGone } from './gone.ts'

/** Counts reads that are being answered, by what they are limited by. */
export class ReadsUnderWay {
  readonly #counts = new Map<string, number>()

  /** Reads being answered. */
  get total(): number {
    let total = 0
    for (const count of this.#counts.values()) total += count
    return total
  }

  /** Counts a read until its answer is out or given up; false when there are as many as there may be. */
  take(key: string, limit: number, reply: FastifyReply): boolean {
    // A client that has gone already will not be told to have gone again.
    if (isGone(reply.raw)) return true
    const count = this.#counts.get(key) ?? 0
    if (count >= limit) return false
    this.#counts.set(key, count + 1)
    reply.raw.once('close', () => this.#give(key))
    return true
  }

  #give(key: string): void {
    const left = (this.#counts.get(key) ?? 1) - 1
    if (left === 0) this.#counts.delete(key)
    else this.#counts.set(key, left)
  }
}
