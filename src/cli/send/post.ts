import { setTimeout as delay } from 'node:timers/promises'
import type { Json } from '../../core/json.ts'
import { err, ok, type Result } from '../../core/result.ts'
import { adviceOn, whyNoAnswer } from '../server-url.ts'
import type { Target } from './target.ts'

/** An answer, whatever its status. */
export interface Answer {
  readonly status: number
  /** Undefined if it is not JSON. */
  readonly body: Json | undefined
}

const MAX_TRIES = 8
const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 30_000
/** A server that never answered is not there: the first request is tried less often. */
const TRIES_OF_FIRST = 2

/** Statuses of a server that may answer otherwise soon. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Sends requests to one server, each until it is answered. */
export class Sender {
  readonly #target: Target
  readonly #stopping: AbortSignal
  #isKnown = false
  #retries = 0

  /** In: aborted to try nothing again. */
  constructor(target: Target, stopping: AbortSignal) {
    this.#target = target
    this.#stopping = stopping
  }

  /** How many requests were sent again. */
  get retries(): number {
    return this.#retries
  }

  /** Posts a body. Error: why there is no answer, as a sentence. */
  async post(body: string): Promise<Result<Answer, string>> {
    for (let tried = 1; ; tried += 1) {
      const attempt = await this.#attempt(body)
      const isPassing = attempt.ok ? PASSING.has(attempt.value.status) : true
      if (!isPassing && attempt.ok) return ok(attempt.value)
      const limit = this.#isKnown ? MAX_TRIES : TRIES_OF_FIRST
      if (tried >= limit || this.#stopping.aborted) return err(this.#describe(attempt, tried))
      await this.#wait(attempt.ok ? attempt.value.retryAfterMs : undefined, tried)
      this.#retries += 1
    }
  }

  async #attempt(
    body: string,
  ): Promise<Result<Answer & { readonly retryAfterMs: number | undefined }, string>> {
    const { url, headers } = this.#target
    try {
      const response = await fetch(url, { method: 'POST', headers, body })
      this.#isKnown = true
      const text = await response.text()
      return ok({
        status: response.status,
        body: parse(text),
        retryAfterMs: readRetryAfter(response.headers),
      })
    } catch (error) {
      return err(whyNoAnswer(error))
    }
  }

  #describe(attempt: Result<Answer, string>, tried: number): string {
    const { origin } = this.#target
    const times = tried === 1 ? '' : ` ${tried} times`
    if (attempt.ok) return `${origin} answered ${attempt.value.status}${times}.`
    const advice = this.#isKnown ? '' : ` ${adviceOn(attempt.error)}`
    return `No answer from ${origin} (${attempt.error}).${advice}`
  }

  /** Waits as long as the server asks, or twice as long as before. */
  async #wait(askedMs: number | undefined, tried: number): Promise<void> {
    const backoffMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (tried - 1)) * (0.75 + Math.random() / 2)
    await delay(askedMs ?? backoffMs, undefined, { signal: this.#stopping }).catch(() => undefined)
  }
}

/** In seconds, or as a date. Out: ms. */
function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
