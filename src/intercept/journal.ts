import type { IncomingMessage } from 'node:http'
import type { InterceptedRequests } from './intercept.ts'

/** Different requests that are listed; further ones are not. */
const MAX_ENTRIES = 1_000
const MAX_TOKENS = 5
const MAX_PATH = 100

type Kind = Pick<InterceptedRequests, 'outcome' | 'method' | 'host' | 'path'>

interface Entry extends InterceptedRequests {
  count: number
  unauthorized: number
}

/** The list of what came to a proxy, with counts. */
export class Journal {
  readonly #entries = new Map<string, Entry>()
  readonly #entryOf = new WeakMap<IncomingMessage, Entry>()

  /** Counts a request, or a connection. In: `request` to add to it what is found out later. */
  count({ outcome, method, host, path }: Kind, request?: IncomingMessage): void {
    const [withoutQuery = ''] = path.split(/[?#]/, 1)
    const entry = this.#findEntry({ outcome, method, host, path: withoutQuery.slice(0, MAX_PATH) }, [])
    if (entry === undefined) return
    entry.count++
    if (request !== undefined) this.#entryOf.set(request, entry)
  }

  /** Notes the tokens of the records of a request. */
  hasTokens(request: IncomingMessage, tokens: readonly string[]): void {
    const known = this.#entryOf.get(request)
    const few = [...new Set(tokens)].sort().slice(0, MAX_TOKENS)
    if (known === undefined || few.length === 0) return
    const entry = this.#findEntry(known, few)
    if (entry === undefined) return
    known.count--
    entry.count++
    this.#entryOf.set(request, entry)
  }

  /** Notes that the credentials of a request were refused. */
  wasUnauthorized(request: IncomingMessage): void {
    const entry = this.#entryOf.get(request)
    if (entry !== undefined) entry.unauthorized++
  }

  /** In the order in which they came first. */
  list(): readonly InterceptedRequests[] {
    return [...this.#entries.values()].filter(({ count }) => count > 0).map((entry) => ({ ...entry }))
  }

  #findEntry({ outcome, method, host, path }: Kind, tokens: readonly string[]): Entry | undefined {
    const key = JSON.stringify([outcome, method, host, path, ...tokens])
    const known = this.#entries.get(key)
    if (known !== undefined || this.#entries.size >= MAX_ENTRIES) return known
    const entry = { outcome, method, host, path, count: 0, tokens, unauthorized: 0 }
    this.#entries.set(key, entry)
    return entry
  }
}
