import { mapInSteps, type Steps } from '../core/decode/steps.ts'
import type { Soon } from '../core/soon.ts'

/** How long a task runs before it yields to other work, in ms. */
const SLICE_MS = 10

/** Runs for one slice. Out: true once the task is complete. */
type Task = () => boolean

/**
 * Runs long tasks in slices, so that they do not block the event loop: the server handles I/O between two slices.
 * Concurrent tasks run round-robin, one slice each.
 */
export class TimeSlices {
  readonly #now: () => number
  readonly #tasks: Task[] = []

  /** In: a clock in ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Runs steps to their end. The first slice runs synchronously if no other task is waiting. Rejects with what the
   * steps throw.
   */
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

  /** Maps items in order. `isLong`: whether that may take more than a slice; if not, it runs at once. */
  map<T, R>(items: readonly T[], isLong: boolean, make: (item: T, index: number) => R): Soon<R[]> {
    return isLong ? this.run(mapInSteps(items, make)) : items.map(make)
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
