import type { ArrivalKind } from '../../store/arrivals.ts'

/** What may have changed: rows have arrived, or a watched profile was written. */
export type NewsKind = ArrivalKind | 'profile'

/** Wakes one caller when a project has changed. Notifications without a listener are kept. */
export class Wakeup {
  #heard = new Set<NewsKind>()
  #wake: (() => void) | undefined

  /** In: the kinds that may have something new. */
  notify(kinds: Iterable<NewsKind>): void {
    for (const kind of kinds) this.#heard.add(kind)
    this.#wake?.()
  }

  /**
   * Resolves with the kinds notified since the last call, as soon as there are any; empty if the signal is aborted
   * first.
   */
  async listen(signal: AbortSignal): Promise<ReadonlySet<NewsKind>> {
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
