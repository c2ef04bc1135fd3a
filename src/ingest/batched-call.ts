/** What several have asked for together. */
interface Batch<A> {
  readonly keys: Set<string>
  readonly answer: PromiseWithResolvers<A>
}

/**
 * Asks one question at a time: those who come while one is under way wait, and their keys go together with the next.
 * Whatever the number of askers, each answer is of a question that began after they came.
 */
export class BatchedCall<A> {
  readonly #ask: (keys: readonly string[]) => Promise<A>
  readonly #maxKeys: number
  readonly #waiting: Batch<A>[] = []
  #isAsking = false

  /** In: the question, and how many keys of several askers go into one. */
  constructor(ask: (keys: readonly string[]) => Promise<A>, maxKeys: number) {
    this.#ask = ask
    this.#maxKeys = maxKeys
  }

  /** The answer to a question that has these keys among others. Errors: those of the question. */
  async ask(keys: readonly string[]): Promise<A> {
    let batch = this.#waiting.at(-1)
    if (batch === undefined || batch.keys.size + keys.length > this.#maxKeys) {
      batch = { keys: new Set(), answer: Promise.withResolvers<A>() }
      this.#waiting.push(batch)
    }
    for (const key of keys) batch.keys.add(key)
    if (!this.#isAsking) void this.#askAll()
    return await batch.answer.promise
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      const { resolve, reject } = batch.answer
      await this.#ask([...batch.keys]).then(resolve, reject)
    }
    this.#isAsking = false
  }
}
