import type { Finding } from '../core/verdict/finding.ts'
import { decisiveFinding, type OutcomeKind, outcomeOfRecord } from '../core/verdict/verdict.ts'
import { type Family, Histogram, type Sample, Tally } from './tally.ts'

/** The commit queues, as the metrics' labels name them; `steady` commits without the identity lock. */
export type QueueName = 'steady' | 'identity' | 'profiles'

/** The outcome of a request's records, as its answer reports it. */
export interface Taken {
  /** Judged records with a committed outcome. */
  readonly records: number
  /** Findings on one record are adjacent; those on the request have no index. */
  readonly findings: readonly {
    readonly index: number | undefined
    readonly finding: Finding
    readonly outcomeKind: OutcomeKind
  }[]
}

const COMMIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const COMMIT_REQUESTS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]

/**
 * The counters of a server. Plain numbers: prom-client, which formats them, takes 35 ms to load, and is loaded by the
 * first scrape.
 */
export class Metrics {
  readonly #nowMs: () => number
  readonly #records = new Tally({
    name: 'twinpanel_records_total',
    help: 'Records with a committed outcome; code is that of the verdict on it, or empty.',
    labels: ['endpoint', 'outcome', 'code'],
  })
  readonly #verdicts = new Tally({
    name: 'twinpanel_verdicts_total',
    help: 'Verdicts on records and on requests.',
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
      help: 'Duration of commits, including retries, excluding the wait for a lane.',
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
    help: 'Commits retried because of a conflict with another transaction.',
    labels: ['queue'],
  })
  readonly #failures = new Tally({
    name: 'twinpanel_commit_failures_total',
    help: 'Commits that failed; their requests were answered 503, or committed again one by one.',
    labels: ['queue'],
  })
  readonly #gauges: (() => Family)[] = []

  /** `nowMs`: a monotonic clock, in ms. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    for (const queue of ['steady', 'identity', 'profiles']) {
      this.#retries.add([queue], 0)
      this.#failures.add([queue], 0)
    }
  }

  /** Counts the records of a request, and the findings on them. */
  took(endpoint: string, { records, findings }: Taken): void {
    let quiet = records
    let at = 0
    for (let first = findings[at]; first !== undefined; first = findings[at]) {
      const { index, outcomeKind } = first
      const ofRecord: Finding[] = []
      for (let next = findings[at]; next !== undefined && next.index === index; next = findings[++at]) {
        this.#verdicts.add([endpoint, next.finding.code])
        ofRecord.push(next.finding)
      }
      if (index === undefined) continue
      quiet--
      this.#records.add([
        endpoint,
        outcomeOfRecord(outcomeKind, ofRecord),
        decisiveFinding(outcomeKind, ofRecord)?.code ?? '',
      ])
    }
    // A record without findings was stored unchanged.
    if (quiet > 0) this.#records.add([endpoint, 'stored', ''], quiet)
  }

  /** Counts an answer. `route`: the route's path pattern; undefined if there is none. */
  answered(route: string | undefined, status: number): void {
    this.#requests.add([route ?? 'other', String(status)])
  }

  /** Wraps the function that commits a group of requests: counts them and measures the time. */
  timed<B, R>(queue: QueueName, write: (group: readonly B[], waitMs: number) => Promise<R>) {
    return async (group: readonly B[], waitMs: number): Promise<R> => {
      const startMs = this.#nowMs()
      try {
        return await write(group, waitMs)
      } finally {
        this.#seconds.observe(queue, (this.#nowMs() - startMs) / 1_000)
        this.#groups.observe(queue, group.length)
      }
    }
  }

  retried(queue: QueueName): void {
    this.#retries.add([queue])
  }

  failed(queue: QueueName): void {
    this.#failures.add([queue])
  }

  /** Registers a gauge that is read at each scrape; reading it must cost nothing. */
  watch(
    name: string,
    help: string,
    read: () => readonly Sample[] | number,
    aggregator: Family['aggregator'] = 'sum',
  ): void {
    this.#gauges.push(() => {
      const now = read()
      const values = typeof now === 'number' ? [{ value: now, labels: {} }] : now
      return { name, help, type: 'gauge', aggregator, values }
    })
  }

  /** The current values of all metrics. */
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
    return [...counted.map((metric) => metric.family()), ...this.#gauges.map((read) => read())]
  }
}
