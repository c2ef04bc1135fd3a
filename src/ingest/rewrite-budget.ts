/** Bytes of a stored profile that each update may rewrite for nothing: hardly a real one is larger. */
const FREE_BYTES = 16_384

/** What may be rewritten at once, and then in a second: by one project, and by all. */
const OF_PROJECT = { burstBytes: 32 * 1_048_576, bytesPerS: 4 * 1_048_576 }
const OF_ALL = { burstBytes: 128 * 1_048_576, bytesPerS: 16 * 1_048_576 }

/** Projects remembered at a time. */
const MAX_REMEMBERED = 10_000
/** No project has this id. */
const ALL = 0

/** Bytes to be rewritten, by the id of their project. */
export type Rewrites = ReadonlyMap<number, number>

/** Why a request may not rewrite what it would: not now, or never at once. */
export type RewriteRefusal =
  | { readonly kind: 'busy'; readonly waitS: number }
  | { readonly kind: 'too_large'; readonly bytes: number }

/** What one request may rewrite at most. */
export const MAX_REWRITE_BYTES: number = OF_PROJECT.burstBytes

/** What counts of a stored profile that is to be rewritten. In: its bytes. */
export function rewriteBytes(storedBytes: number): number {
  return Math.max(storedBytes - FREE_BYTES, 0)
}

/**
 * Bounds what small updates of large profiles make the database write: 70 bytes rewrite a whole profile of a megabyte.
 * What was rewritten is forgotten at a steady rate; more than a burst of it is refused. In this process: each server
 * counts for itself.
 */
export class RewriteBudget {
  readonly #now: () => number
  readonly #used = new Map<number, { bytes: number; atMs: number }>()

  /** In: a clock in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Uses some of what may be rewritten. Out: undefined when it may be, else why not, and nothing is used. */
  take(rewrites: Rewrites): RewriteRefusal | undefined {
    let [total, waitS] = [0, 0]
    for (const [projectId, bytes] of rewrites) {
      if (bytes > MAX_REWRITE_BYTES) return { kind: 'too_large', bytes }
      total += bytes
      waitS = Math.max(waitS, this.#waitOf(projectId, bytes, OF_PROJECT))
    }
    if (total === 0) return undefined
    if (total > OF_ALL.burstBytes) return { kind: 'too_large', bytes: total }
    waitS = Math.max(waitS, this.#waitOf(ALL, total, OF_ALL))
    if (waitS > 0) return { kind: 'busy', waitS }
    this.#add(rewrites, total, 1)
    return undefined
  }

  /** Gives back what was taken and not rewritten. */
  giveBack(rewrites: Rewrites): void {
    let total = 0
    for (const bytes of rewrites.values()) total += bytes
    if (total > 0) this.#add(rewrites, total, -1)
  }

  #waitOf(id: number, bytes: number, { burstBytes, bytesPerS }: typeof OF_ALL): number {
    const beyond = this.#level(id, bytesPerS) + bytes - burstBytes
    return bytes === 0 || beyond <= 0 ? 0 : Math.ceil(beyond / bytesPerS)
  }

  #level(id: number, bytesPerS: number): number {
    const used = this.#used.get(id)
    if (used === undefined) return 0
    // A clock may be set back.
    const passedMs = Math.max(this.#now() - used.atMs, 0)
    return Math.max(used.bytes - (passedMs / 1_000) * bytesPerS, 0)
  }

  #add(rewrites: Rewrites, total: number, sign: 1 | -1): void {
    for (const [projectId, bytes] of rewrites) this.#put(projectId, sign * bytes, OF_PROJECT.bytesPerS)
    this.#put(ALL, sign * total, OF_ALL.bytesPerS)
  }

  /** The one used longest ago makes room. */
  #put(id: number, bytes: number, bytesPerS: number): void {
    const level = Math.max(this.#level(id, bytesPerS) + bytes, 0)
    this.#used.delete(id)
    if (level === 0) return
    this.#used.set(id, { bytes: level, atMs: this.#now() })
    if (this.#used.size <= MAX_REMEMBERED) return
    const [longestAgo] = this.#used.keys()
    if (longestAgo !== undefined) this.#used.delete(longestAgo)
  }
}
