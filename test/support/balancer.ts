import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** How long a server has to answer the question whether it is ready. */
const READY_LIMIT_MS = 2_000
/** After so many questions in a row without an answer a server counts as not ready; after a 503 at once. */
const SILENT_LIMIT = 3

/** What a balancer has seen of its servers. */
interface BalancerCounts {
  /** Connections that a server has closed by its answer. */
  closed: number
  /** Requests that went to another server, because the first took no connection. */
  moved: number
  /** Errors on requests that may have reached a server; they are answered 502. */
  readonly broken: string[]
}

interface Upstream {
  readonly url: URL
  readonly agent: http.Agent
  isReady: boolean
}

/**
 * Spreads requests over servers in turn, and keeps its connections to them. As nginx does it, a request goes to the
 * next server only if the first has taken no connection: a POST that was sent may have been done.
 */
export class Balancer {
  readonly counts: BalancerCounts = { closed: 0, moved: 0, broken: [] }
  readonly #upstreams: readonly Upstream[]
  readonly #server = http.createServer((request, answer) => this.#pass(request, answer))
  readonly #stopping = new AbortController()
  #next = 0

  private constructor(urls: readonly string[]) {
    this.#upstreams = urls.map((url) => ({
      url: new URL(url),
      agent: new http.Agent({ keepAlive: true }),
      isReady: true,
    }))
  }

  /** Asks each server every `checkEveryMs` whether it is ready. */
  static async start(urls: readonly string[], checkEveryMs: number): Promise<Balancer> {
    const balancer = new Balancer(urls)
    await new Promise<void>((listening) => balancer.#server.listen(0, '127.0.0.1', listening))
    for (const upstream of balancer.#upstreams) void balancer.#watch(upstream, checkEveryMs)
    return balancer
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const { agent } of this.#upstreams) agent.destroy()
    this.#server.closeAllConnections()
    await new Promise((closed) => this.#server.close(closed))
  }

  async #watch(upstream: Upstream, everyMs: number): Promise<void> {
    const { signal } = this.#stopping
    for (let silent = 0; !signal.aborted; ) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(READY_LIMIT_MS)])
      const status = await fetch(new URL('/_twin/ready', upstream.url), { signal: limit }).then(
        (answer) => answer.status,
        () => undefined,
      )
      silent = status === undefined ? silent + 1 : 0
      upstream.isReady = status === 200 || (status === undefined && upstream.isReady && silent < SILENT_LIMIT)
      await delay(everyMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Those that are ready, the next one first; all if none is, as nginx and Envoy do it. */
  #choose(): readonly Upstream[] {
    const ready = this.#upstreams.filter(({ isReady }) => isReady)
    if (ready.length === 0) return this.#upstreams
    const first = this.#next++ % ready.length
    return [...ready.slice(first), ...ready.slice(0, first)]
  }

  async #pass(request: http.IncomingMessage, answer: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    this.#send(request, Buffer.concat(chunks), answer, this.#choose())
  }

  #send(
    request: http.IncomingMessage,
    body: Buffer,
    answer: http.ServerResponse,
    [upstream, ...others]: readonly Upstream[],
  ): void {
    if (upstream === undefined) return void answer.writeHead(502).end('no server takes a connection')
    const { method, url, headers } = request
    const sent = http.request(new URL(url ?? '/', upstream.url), { method, headers, agent: upstream.agent })
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') {
        this.counts.moved += 1
        return this.#send(request, body, answer, others)
      }
      this.counts.broken.push(`${method} ${url}: ${error.code}${sent.reusedSocket ? ', reused' : ''}`)
      if (!answer.headersSent) answer.writeHead(502)
      answer.end()
    })
    sent.on('response', (got) => {
      const { connection, ...own } = got.headers
      if (connection === 'close') this.counts.closed += 1
      answer.writeHead(got.statusCode ?? 502, own)
      got.pipe(answer)
    })
    sent.end(body)
  }
}
