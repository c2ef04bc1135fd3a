/** Bytes of bodies, as they were sent, that are held at once. */
const MAX_SENT_BYTES = 96 * 1_048_576
/** Bytes of bodies that are inflated and parsed at once. */
const MAX_OPEN_BYTES = 64 * 1_048_576
/** Bytes of memory that the records of small requests, and of large ones, take at once, roughly. */
const MAX_RECORDS_BYTES = 64 * 1_048_576

/** Counts what is taken out of a limit and given back. */
export class ByteBudget {
  readonly #limit: number
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = []
  #taken = 0

  /** In: bytes that may be out at once. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Takes bytes, or says no. One taker alone is always served, whatever it takes. */
  take(bytes: number): boolean {
    if (this.#waiting.length > 0 || !this.#has(bytes)) return false
    this.#taken += bytes
    return true
  }

  /** Takes bytes as soon as there are so many, in the order of asking. */
  async await(bytes: number): Promise<void> {
    if (this.take(bytes)) return
    await new Promise<void>((go) => this.#waiting.push({ bytes, go }))
  }

  /** Gives back what was taken, to those who wait first. */
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
 * The memory that the bodies of all requests may take together, on each stage of their way. For the first of them a
 * request is refused (429, DEC-08), for the others it waits: it holds no more than what it has sent.
 */
export class BodyRoom {
  /** As they were sent: charged as they come, whatever a header announces. */
  readonly sent = new ByteBudget(MAX_SENT_BYTES)
  /** Inflated, and about to be parsed. */
  readonly open = new ByteBudget(MAX_OPEN_BYTES)
  /** Records, until they are answered. Those of small requests have room of their own, and wait for no large one. */
  readonly smallRecords = new ByteBudget(MAX_RECORDS_BYTES)
  readonly records = new ByteBudget(MAX_RECORDS_BYTES)
}
