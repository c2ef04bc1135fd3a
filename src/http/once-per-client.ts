/** How many clients are remembered before the memory starts anew. */
const MAX_REMEMBERED = 10_000

/** Remembers who has been told something that is told once (TRK-40). */
export class OncePerClient {
  readonly #seen = new Set<string>()

  /** True the first time a client is asked about. */
  isFirst(client: string): boolean {
    if (this.#seen.has(client)) return false
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear()
    this.#seen.add(client)
    return true
  }
}

/** True for an address of this machine: plain HTTP to oneself is what a twin is for. */
export function isLoopback(ip: string): boolean {
  return ip === '::1' || /^(::ffff:)?127\./.test(ip)
}
