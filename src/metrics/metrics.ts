import type { Finding } from '../core/verdict/finding.ts'
import { decisiveFinding, type OutcomeKind, outcomeOfRecord } from '../core/verdict/verdict.ts'
import { type Family, Histogram, type Sample, Tally } from './tally.ts'

/** The ways into the store. */
export type QueueName = 'steady' | 'identity' | 'profiles'

/** What became of a request's records, as its answer knows it. */
export interface Taken {
  /** Records that were looked at, and whose outcome is committed. */
  readonly records: number
  /** Those of a record stand together; the request's own have no index. */
  readonly findings: readonly {
    readonly index: number | undefined
    readonly finding: Finding
    readonly outcomeKind: OutcomeKind
  }[]
}

const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const COMMIT_REQUESTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]

/**
 * What a server counts about itself. Kept as plain numbers: prom-client, which puts them into words, takes 35 ms to
 * load, and is loaded by the first who asks.
 */
export class Metrics {
  readonly #nowMs: () => number
  readonly #records = new Tally({
    name: 'twinpanel_records_total',
    help: 'Records whose outcome is committed; code is that of the verdict that says so, or empty.',
    labels: ['endpoint', 'outcome', 'code'],
  })
  readonly #verdicts = new Tally({
    name: 'twinpanel_verdicts_total',
    help: 'Verdicts on records and on requests: all that an answer does not tell.',
    labels: ['endpoint', 'code'],
  })
  readonly #requests = new Tally({
    name: 'twinpanel_requests_total',
    help: 'Requests answered in full, by the path of their route.',
    labels: ['endpoint', 'status'],
  })
  readonly #seconds = new Histogram(
    {
      name: 'twinpanel_commit_seconds',
      help: 'Duration of commits, tries that were repeated included; waiting for a lane is not.',
      labels: ['queue'],
    },
    COMMIT_SECONDS,
  )
  readonly #groups = new Histogram(
    { name: 'twinpanel_commit_requests', help: 'Requests that were committed together.', labels: ['queue'] },
    COMMIT_REQUESTS,
  )
  readonly #retries = new Tally({
    name: 'twinpanel_commit_retries_total',
    help: 'Commits tried again because another transaction was in the way.',
    labels: ['queue'],
  })
  readonly #failures = new Tally({
    name: 'twinpanel_commit_failures_total',
    help: 'Commits that failed; what they held was answered 503, or tried again request by request.',
    labels: ['queue'],
  })
  readonly #gauges: (() => Family)[] = []

  /** `nowMs`: a clock that only goes forward, in ms. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    for (const queue of ['steady', 'identity', 'profiles']) {
      this.#retries.add([queue], 0)
      this.#failures.add([queue], 0)
    }
  }

  /** Counts the records of a request, and what was said of them. */
  took(endpoint: string, { records, findings }: Taken): void {
    let quiet = records
    for (let at = 0; at < findings.length; ) {
      const { index, outcomeKind } = findings[at] as Taken['findings'][number]
      const own: Finding[] = []
      for (; at < findings.length && findings[at]?.index === index; at++) {
        const { finding } = findings[at] as Taken['findings'][number]
        this.#verdicts.add([endpoint, finding.code])
        own.push(finding)
      }
      if (index === undefined) continue
      quiet--
      this.#records.add([
        endpoint,
        outcomeOfRecord(outcomeKind, own),
        decisiveFinding(outcomeKind, own)?.code ?? '',
      ])
    }
    // Whatever becomes of a record but being stored, something is said of it.
    if (quiet > 0) this.#records.add([endpoint, 'stored', ''], quiet)
  }

  /** Counts an answer. `route`: the path as the route has it; undefined where there is none. */
  answered(route: string | undefined, status: number): void {
    this.#requests.add([route ?? 'other', String(status)])
  }

  /** Wraps what commits a group of requests: counts them and how long it takes. */
  timed<B, R>(queue: QueueName, write: (group: readonly B[]) => Promise<R>) {
    return async (group: readonly B[]): Promise<R> => {
      const startMs = this.#nowMs()
      try {
        return await write(group)
      } finally {
        this.#seconds.observe(queue, (this.#nowMs() - startMs) / 1_000)
        this.#groups.observe(queue, group.length)
      }
    }
  }

  /** Counts a commit that is tried again. */
  retried(queue: QueueName): void {
    this.#retries.add([queue])
  }

  /** Counts a commit that failed. */
  failed(queue: QueueName): void {
    this.#failures.add([queue])
  }

  /** Shows numbers as they are when somebody asks; reading them must cost nothing. */
  watch(name: string, help: string, read: () => readonly Sample[] | number): void {
    this.#gauges.push(() => {
      const now = read()
      const values = typeof now === 'number' ? [{ value: now, labels: {} }] : now
      return { name, help, type: 'gauge', aggregator: 'sum', values }
    })
  }

  /** All numbers as they are now. */
  families(): readonly Family[] {
    const counted = [
      this.#records,
      this.#verdicts,
      this.#requests,
      this.#seconds,
      this.#groups,
      this.#retries,
      this.#failures,
    ]
    return [...counted.map((own) => own.family()), ...this.#gauges.map((read) => read())]
  }
}
