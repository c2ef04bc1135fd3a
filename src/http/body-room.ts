/** Bytes of bodies as sent, of all requests together. */
const MAX_SENT_BYTES = 96 * 1_048_576
/** Bytes of decompressed and parsed bodies, of all requests together. */
const MAX_OPEN_BYTES = 64 * 1_048_576
/** Estimated bytes of memory for records, of all small requests and of all large ones. */
const MAX_RECORDS_BYTES = 64 * 1_048_576

/** A budget of bytes that are reserved and released. */
export class ByteBudget {
  readonly #limit: number
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = []
  #taken = 0

  /** In: the total number of bytes. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Reserves bytes, or returns false. A single caller always succeeds, for any amount. */
  take(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#has(bytes)) return false
    this.#taken += bytes
    return true
  }

  /** Waits until the bytes can be reserved, in the order of requests. */
  async await(bytes: number): Promise<void> {
    if (this.take(bytes)) return
    await new Promise<void>((go) => this.#waiting.push({ bytes, go }))
  }

  /** Gives back bytes, to the takers that have waited longest. */
  give(bytes: number): void {
    this.#taken -= bytes
    for (let [next] = this.#waiting; next !== undefined && this.#has(next.bytes); [next] = this.#waiting) {
      this.#waiting.shift()
      this.#taken += next.bytes
      next.go()
    }
  }

  #has(bytes: number): boolean {
    return this.#taken === 0 || this.#taken + bytes <= this.#limit
  }
}

/**
 * The memory that the bodies of all requests may take together, by stage. At the first stage a request over the budget
 * is refused (429, DEC-08); at the others it waits, since it holds no more than what it has sent.
 */
export class BodyRoom {
  /** As sent: charged as bytes arrive, not by the announced length. */
  readonly sent = new ByteBudget(MAX_SENT_BYTES)
  /** Inflated, and about to be parsed. */
  readonly open = new ByteBudget(MAX_OPEN_BYTES)
  /**
   * Records, until they are answered. Those of small requests have a separate budget, so that they never wait for large
   * ones.
   */
  readonly smallRecords = new ByteBudget(MAX_RECORDS_BYTES)
  readonly records = new ByteBudget(MAX_RECORDS_BYTES)
}
