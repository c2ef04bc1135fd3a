import { count } from './words.ts'

const INTERVAL_MS = 200

/** A line about the progress at a terminal, on standard error; nothing where there is none. */
export class Progress {
  readonly #startedAt = performance.now()
  readonly #timer: NodeJS.Timeout | undefined
  readonly #describe: (perSecond: (amount: number) => string) => string
  #isShown = false

  /** In: the line, from a function that writes an amount per second since the start. */
  constructor(describe: (perSecond: (amount: number) => string) => string) {
    this.#describe = describe
    if (!process.stderr.isTTY) return
    this.#timer = setInterval(() => this.#show(), INTERVAL_MS)
    this.#timer.unref()
  }

  /** Removes the line. */
  stop(): void {
    clearInterval(this.#timer)
    if (this.#isShown) process.stderr.write('\r\x1b[K')
    this.#isShown = false
  }

  #show(): void {
    const seconds = Math.max(0.1, (performance.now() - this.#startedAt) / 1_000)
    const line = this.#describe((amount) => `${count(Math.round(amount / seconds))}/s`)
    process.stderr.write(`\r${line.slice(0, (process.stderr.columns ?? 80) - 1)}\x1b[K`)
    this.#isShown = true
  }
}
