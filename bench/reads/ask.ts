import { request } from 'node:http'
import type { Question } from './questions.ts'

/** An answer, and how long it took, in ms. */
export interface Asked {
  readonly status: number
  readonly ms: number
  readonly bytes: number
  /** Line ends in it. */
  readonly lines: number
}

/** Asks a question, as its project's secret. Rejects if the connection breaks. */
export function ask(port: number, { token, path }: Question, secret: string): Promise<Asked> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Basic ${Buffer.from(`${secret}:`).toString('base64')}` }
    const sent = request(
      { host: '127.0.0.1', port, path: path.replace('TOKEN', token), headers },
      (answer) => {
        let [bytes, lines] = [0, 0]
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1)) lines++
        })
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, ms: performance.now() - startedAt, bytes, lines }),
        )
        answer.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

const LINE_END = 0x0a
