import http from 'node:http'

/** An HTTP answer, or why there was none. */
export type Reply =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly retryAfter: string | undefined
      readonly text: string
    }
  | { readonly kind: 'failed'; readonly code: string }

/** What a client sends. */
export interface Message {
  readonly path: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Longer than anything is waited for on the server. */
const ANSWER_LIMIT_MS = 90_000

/** Posts JSON. Never rejects. In: `agent`, which keeps connections. */
export function post(url: string, { path, body, headers }: Message, agent: http.Agent): Promise<Reply> {
  return new Promise((done) => {
    const request = http.request(`${url}${path}`, {
      method: 'POST',
      agent,
      timeout: ANSWER_LIMIT_MS,
      headers: { 'content-type': 'application/json', ...headers },
    })
    const fail = (error: NodeJS.ErrnoException) => done({ kind: 'failed', code: error.code ?? error.message })
    request.on('error', fail)
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', fail)
      response.on('end', () => {
        const { statusCode: status = 0, headers: got } = response
        done({ kind: 'answered', status, retryAfter: got['retry-after'], text })
      })
    })
    request.end(body)
  })
}
