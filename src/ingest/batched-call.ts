import { Deferred } from '../core/deferred.ts'

interface Batch<T> {
  readonly keys: Set<string>
  readonly result: Deferred<T>
}

/**
 * Makes one call at a time: keys that callers pass while a call is running are combined into the next one. Every result
 * is of a call that started after its keys were passed, however many callers there are.
 */
export class BatchedCall<T> {
  readonly #call: (keys: readonly string[]) => Promise<T>
  readonly #maxKeys: number
  readonly #waiting: Batch<T>[] = []
  #isCalling = false

  /** In: the function, and the maximum of keys combined into one call; a caller's keys are never split. */
  constructor(call: (keys: readonly string[]) => Promise<T>, maxKeys: number) {
    this.#call = call
    this.#maxKeys = maxKeys
  }

  /** The result of a call with these keys among others. Rejects with the error of that call. */
  async call(keys: readonly string[]): Promise<T> {
    let batch = this.#waiting.at(-1)
    if (batch === undefined || batch.keys.size + keys.length > this.#maxKeys) {
      batch = { keys: new Set(), result: new Deferred<T>() }
      this.#waiting.push(batch)
    }
    for (const key of keys) batch.keys.add(key)
    if (!this.#isCalling) void this.#callAll()
    return await batch.result.promise
  }

  async #callAll(): Promise<void> {
    this.#isCalling = true
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      const { resolve, reject } = batch.result
      await this.#call([...batch.keys]).then(resolve, reject)
    }
    this.#isCalling = false
  }
}
