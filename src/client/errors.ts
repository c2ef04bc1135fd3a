import type { PROBLEM } from '../api/routing/schemas.ts'
import type { Absence, Excess } from '../api/wait.shape.ts'
import type { Infer } from '../core/json-schema.ts'

/** Problem details, RFC 9457. */
export type Problem = Infer<typeof PROBLEM>

/**
 * A refusal of the server. Its message is the server's sentence. What else came with it are getters, which test runners
 * do not print: a failed test shows the message and no more.
 */
export class TwinpanelError extends Error {
  static {
    nameClass(TwinpanelError, 'TwinpanelError')
  }
  readonly #problem: Problem

  constructor(problem: Problem, message = problem.detail, options?: ErrorOptions) {
    super(message, options)
    this.#problem = problem
  }

  /** The HTTP status; 0 if there was no answer. */
  get status(): number {
    return this.#problem.status
  }

  get title(): string {
    return this.#problem.title
  }

  /** What is wrong, in a sentence. */
  get detail(): string {
    return this.#problem.detail
  }

  /** The body of the answer. */
  get problem(): Problem {
    return this.#problem
  }
}

/** No answer, or half of one. */
export class ConnectionError extends TwinpanelError {
  static {
    nameClass(ConnectionError, 'ConnectionError')
  }

  /** In: the URL of the server; what `fetch` has thrown. */
  constructor(url: string, cause: unknown) {
    const detail = `No answer from ${url} (${reasonOf(cause)}). If no server runs there, start one: npx twinpanel`
    super({ type: 'about:blank', title: 'No answer', status: 0, detail }, detail, { cause })
  }
}

/** What a test waited for did not come in time. The message says what came instead, and why, in a few lines. */
export class WaitTimeoutError extends TwinpanelError {
  static {
    nameClass(WaitTimeoutError, 'WaitTimeoutError')
  }
  readonly #absence: Absence

  constructor(absence: Absence) {
    super(absence, absence.message)
    this.#absence = absence
  }

  override get problem(): Absence {
    return this.#absence
  }

  /** What did come of it. */
  get matched(): Absence['matched'] {
    return this.#absence.matched
  }

  /** What came instead, with what differs. */
  get nearest(): Absence['nearest'] {
    return this.#absence.nearest
  }

  /** What may explain the absence. */
  get verdicts(): Absence['verdicts'] {
    return this.#absence.verdicts
  }

  /** Other projects to which such an event came. */
  get elsewhere(): Absence['elsewhere'] {
    return this.#absence.elsewhere
  }
}

/** Something came that should not have, with `exactly` or `only`. The message says what, in a few lines. */
export class UnexpectedEventError extends TwinpanelError {
  static {
    nameClass(UnexpectedEventError, 'UnexpectedEventError')
  }
  readonly #excess: Excess

  constructor(excess: Excess) {
    super(excess, excess.message)
    this.#excess = excess
  }

  override get problem(): Excess {
    return this.#excess
  }

  /** What was waited for. */
  get matched(): Excess['matched'] {
    return this.#excess.matched
  }

  /** What came besides, up to five. */
  get besides(): Excess['besides'] {
    return this.#excess.besides
  }
}

/** On the prototype, as JavaScript's own errors have it: a field would be printed with each error. */
function nameClass({ prototype }: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(prototype, 'name', { value: name, configurable: true, writable: true })
}

/** The code of a system error, such as ECONNREFUSED, or a message. `fetch` of Node hides it in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return reasonOf(error.cause)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
