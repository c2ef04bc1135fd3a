/** Bytes of each stored profile that do not count: real profiles are rarely larger. */
const FREE_BYTES = 16_384

/** The burst and the sustained rate of rewrites, per project and for all projects together. */
const OF_PROJECT = { burstBytes: 32 * 1_048_576, bytesPerS: 4 * 1_048_576 }
const OF_ALL = { burstBytes: 128 * 1_048_576, bytesPerS: 16 * 1_048_576 }

/** The number of projects that are counted at a time. */
const MAX_REMEMBERED = 10_000
/** The key for all projects together, which is not the id of a project. */
const ALL = 0

/** Bytes to be rewritten, by project id. */
export type Rewrites = ReadonlyMap<number, number>

/** Why a rewrite is refused: it must wait, or is larger than one request may ever rewrite. */
export type RewriteRefusal =
  | { readonly kind: 'busy'; readonly waitS: number }
  | { readonly kind: 'too_large'; readonly bytes: number }

/** The maximum that one request may rewrite of a project, in bytes. */
export const MAX_REWRITE_BYTES: number = OF_PROJECT.burstBytes

/** The bytes that count for rewriting a stored profile. In: its size. */
export function rewriteBytes(storedBytes: number): number {
  return Math.max(storedBytes - FREE_BYTES, 0)
}

/**
 * Limits the bytes that small updates of large profiles make the database write: 70 bytes can rewrite a whole profile of a
 * megabyte. A leaky bucket: used bytes drain at a constant rate, and use beyond the burst is refused. Each server
 * process counts separately.
 */
export class RewriteBudget {
  readonly #now: () => number
  readonly #used = new Map<number, { bytes: number; atMs: number }>()

  /** In: a clock in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Takes bytes from the budget. Out: undefined, or why they are not available; then the budget is unchanged. */
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

  /** Returns bytes that were taken but not rewritten. */
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
    // The clock may be set back.
    const passedMs = Math.max(this.#now() - used.atMs, 0)
    return Math.max(used.bytes - (passedMs / 1_000) * bytesPerS, 0)
  }

  #add(rewrites: Rewrites, total: number, sign: 1 | -1): void {
    for (const [projectId, bytes] of rewrites) this.#put(projectId, sign * bytes, OF_PROJECT.bytesPerS)
    this.#put(ALL, sign * total, OF_ALL.bytesPerS)
  }

  /** Sets a level; beyond the maximum number, the least recently used is dropped. */
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
