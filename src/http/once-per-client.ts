/** Clients remembered before the memory is cleared. */
const MAX_REMEMBERED = 10_000

/** Remembers which clients have received a finding that is reported once (TRK-40). */
export class OncePerClient {
  readonly #seen = new Set<string>()

  /** True on the first call for a client. */
  isFirst(client: string): boolean {
    if (this.#seen.has(client)) return false
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear()
    this.#seen.add(client)
    return true
  }
}
