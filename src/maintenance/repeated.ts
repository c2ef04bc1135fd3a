export interface RepeatedOptions {
  /** How often to run, in ms. */
  readonly everyMs: number
  /** Whether it also runs as soon as it is started. */
  readonly isAtOnce: boolean
  /** Receives the error that postponed the rest, once until a run succeeds. */
  readonly onError: (error: unknown) => void
}

/** True once the server stops: a task then leaves the rest to the next run, of this server or another one. */
export type IsStopped = () => boolean

/** A task of a server that is run from time to time, one run after the other. */
export class Repeated {
  readonly #task: (isStopped: IsStopped) => Promise<void>
  readonly #options: RepeatedOptions
  #isAsked = false
  #isStopped = false
  #isFailing = false
  #run: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(task: (isStopped: IsStopped) => Promise<void>, options: RepeatedOptions) {
    this.#task = task
    this.#options = options
  }

  start(): void {
    this.#timer = setInterval(() => this.kick(), this.#options.everyMs).unref()
    if (this.#options.isAtOnce) this.kick()
  }

  /** Starts a run, or another one after the one in progress. Returns at once. */
  kick(): void {
    this.#isAsked = true
    this.#run ??= this.#runAll().finally(() => {
      this.#run = undefined
    })
  }

  /** Postpones the rest. Resolves when nothing runs. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#run
  }

  async #runAll(): Promise<void> {
    try {
      while (this.#isAsked && !this.#isStopped) {
        this.#isAsked = false
        await this.#task(() => this.#isStopped)
      }
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) this.#options.onError(error)
      this.#isFailing = true
    }
  }
}
