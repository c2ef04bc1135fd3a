import { Agent, request } from 'node:http'
import { median } from './rounds.ts'

/** `ms` has one duration for each repetition. */
export interface Latency {
  readonly name: string
  readonly ms: readonly number[]
  /** The target for the median. */
  readonly targetMs?: number
}

export interface Answered {
  readonly status: number
  readonly body: string
}

/** Sends requests over keep-alive connections, and waits for whole answers. */
export class Client {
  readonly #agent: Agent

  /** In: the maximum number of connections to a server. */
  constructor(connections = 4) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  /** In: a body is sent as JSON. Rejects if the connection breaks. */
  ask(port: number, method: string, path: string, body?: object): Promise<Answered> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' }
      const options = { agent: this.#agent, host: '127.0.0.1', port, method, path, headers }
      const sent = request(options, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }))
        answer.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Throws an error with the answer unless it has this status. */
export function check(answer: Answered, status: number): void {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.body}`)
}

/** The duration of an action, in ms. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await act()
  return performance.now() - startedAt
}

/** Prints medians and 95th percentiles and, except for the last, the ratio to the last. */
export function printLatencies(title: string, conditions: string, rows: readonly Latency[]): void {
  console.log(`\n${title}`)
  console.log(`  ${conditions}`)
  const last = median(rows.at(-1)?.ms ?? [])
  for (const { name, ms, targetMs } of rows) {
    const middle = median(ms)
    const sorted = ms.toSorted((a, b) => a - b)
    const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN
    const ratio = ms === rows.at(-1)?.ms ? '' : `; ${(middle / last).toFixed(1)} times the last line`
    const verdict =
      targetMs === undefined ? '' : `; target ${targetMs} ms: ${middle <= targetMs ? 'met' : 'MISSED'}`
    console.log(
      `  ${name.padEnd(46)} ${middle.toFixed(1)} ms (median of ${ms.length}; 95 % within ${p95.toFixed(1)})${ratio}${verdict}`,
    )
  }
}
