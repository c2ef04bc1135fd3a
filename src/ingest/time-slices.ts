import { mapInSteps, type Steps } from '../core/decode/steps.ts'

/** So long one piece of work goes on before others have their turn, in ms. */
const SLICE_MS = 10

/** Works for a slice. Out: true when all is done. */
type Task = () => boolean

/**
 * Does long work in slices, so that it holds up nobody: between two of them the server reads and answers. However much
 * there is, one piece has its slice at a time.
 */
export class TimeSlices {
  readonly #now: () => number
  readonly #tasks: Task[] = []

  /** In: what tells the time, in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Runs steps; those that take less than a slice, and that nobody is before, at once. Rejects with what they throw. */
  run<T>(steps: Steps<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const task = (): boolean => {
        try {
          const step = this.#runSlice(steps)
          if (step === undefined) return false
          resolve(step.value)
        } catch (error) {
          reject(error)
        }
        return true
      }
      if (this.#tasks.length === 0 && task()) return
      this.#tasks.push(task)
      if (this.#tasks.length === 1) setImmediate(() => this.#next())
    })
  }

  /** The results of `make` for each item, in order. `isLong`: whether it may take more than a slice. */
  async map<T, R>(items: readonly T[], isLong: boolean, make: (item: T, index: number) => R): Promise<R[]> {
    return isLong ? await this.run(mapInSteps(items, make)) : items.map(make)
  }

  #runSlice<T>(steps: Steps<T>): { readonly value: T } | undefined {
    const stopAtMs = this.#now() + SLICE_MS
    do {
      const step = steps.next()
      if (step.done === true) return step
    } while (this.#now() < stopAtMs)
    return undefined
  }

  #next(): void {
    const task = this.#tasks.shift()
    if (task !== undefined && !task()) this.#tasks.push(task)
    if (this.#tasks.length > 0) setImmediate(() => this.#next())
  }
}
