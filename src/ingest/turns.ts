/** Few enough for the data of all of them to stay in the processor's caches from one step to the next; not tuned. */
const MAX_TOGETHER = 32

/**
 * Lets small requests that arrive in one turn of the event loop take each step together: all are decoded, then all are
 * judged, and so on. One that went through all steps by itself would find neither code nor data of a step in the
 * processor's caches. Each stays a function of its own, so one that fails or waits does not affect others.
 */
export class Turns {
  #next: Promise<void> | undefined
  #count = 0

  /** Resolves once everything that has arrived is read, for up to MAX_TOGETHER callers in the order of their calls. */
  next(): Promise<void> {
    if (this.#next === undefined || this.#count === MAX_TOGETHER) this.#next = this.#begin()
    this.#count++
    return this.#next
  }

  #begin(): Promise<void> {
    this.#count = 0
    const turn = new Promise<void>((resolve) => {
      setImmediate(() => {
        if (this.#next === turn) this.#next = undefined
        resolve()
      })
    })
    return turn
  }
}

/** Awaited between two steps: a request waits until those that go on together with it have taken the step before. */
export const IN_STEP: Promise<void> = Promise.resolve()
