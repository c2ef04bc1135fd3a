/** Lets so many work at once and so many wait; the others are sent away. */
export class Turns {
  readonly #maxWaiting: number
  readonly #waiting: (() => void)[] = []
  #free: number

  /** In: how many may work at once, and how many may wait for it. */
  constructor(maxAtWork: number, maxWaiting: number) {
    this.#free = maxAtWork
    this.#maxWaiting = maxWaiting
  }

  /** Runs work when its turn comes, in the order of asking. Out: undefined where too many wait already. */
  async take<T extends object>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.#free > 0) this.#free--
    else if (this.#waiting.length < this.#maxWaiting) await new Promise<void>((go) => this.#waiting.push(go))
    else return undefined
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
