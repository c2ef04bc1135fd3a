import { ALONE, type Broadcast, type Publish } from '../core/broadcast.ts'

/** Clients remembered before the memory is cleared. */
const MAX_REMEMBERED = 10_000

/** Remembers which clients have received a finding that is reported once (TRK-40). */
export class OncePerClient {
  readonly #seen = new Set<string>()
  readonly #publish: Publish<string>

  /** In: the name of what is reported, for the other processes of the server. */
  constructor(topic = '', broadcast: Broadcast = ALONE) {
    this.#publish = broadcast.join(topic, (client) => this.#add(client))
  }

  /** True on the first call for a client. */
  isFirst(client: string): boolean {
    if (this.#seen.has(client)) return false
    this.#add(client)
    void this.#publish(client)
    return true
  }

  #add(client: string): void {
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear()
    this.#seen.add(client)
  }
}
