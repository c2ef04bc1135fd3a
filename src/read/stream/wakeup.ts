import type { ArrivalKind } from '../../store/arrivals.ts'

/** Rings for one who waits for news of a project. What rings while nobody listens is kept. */
export class Wakeup {
  #heard = new Set<ArrivalKind>()
  #wake: (() => void) | undefined

  /** In: of which kinds there may be something new. */
  ring(kinds: Iterable<ArrivalKind>): void {
    for (const kind of kinds) this.#heard.add(kind)
    this.#wake?.()
  }

  /** What has rung since the last call, as soon as anything has; nothing when the signal is aborted before. */
  async listen(signal: AbortSignal): Promise<ReadonlySet<ArrivalKind>> {
    if (this.#heard.size === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#wake = undefined
          signal.removeEventListener('abort', wake)
          resolve()
        }
        this.#wake = wake
        signal.addEventListener('abort', wake, { once: true })
      })
    }
    const heard = this.#heard
    this.#heard = new Set()
    return heard
  }
}
