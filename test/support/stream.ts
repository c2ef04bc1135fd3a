import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { until } from './server-process.ts'

/** A message as received by a client of the stream. */
export interface StreamedMessage {
  readonly kind: string
  readonly id: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A client of a stream, which keeps all messages. */
export class StreamReader {
  readonly messages: StreamedMessage[] = []
  /** Lines that start with a colon. */
  readonly comments: string[] = []
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The Last-Event-ID to reconnect with. */
  lastId = ''
  isOver = false
  readonly #response: IncomingMessage
  #rest = ''

  private constructor(response: IncomingMessage) {
    this.#response = response
    this.status = response.statusCode ?? 0
    this.headers = response.headers
    response.setEncoding('utf8')
    response.on('data', (piece: string) => this.#read(piece))
    response.on('error', () => undefined)
    response.on('close', () => {
      this.isOver = true
    })
  }

  /** Opens a stream. Resolves when the headers have arrived. */
  static async open(
    origin: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<StreamReader> {
    return await new Promise((resolve, reject) => {
      get(`${origin}${path}`, { headers, agent: false }, (response) =>
        resolve(new StreamReader(response)),
      ).on('error', reject)
    })
  }

  /** The messages of one kind. */
  of(kind: string): readonly StreamedMessage[] {
    return this.messages.filter((message) => message.kind === kind)
  }

  /** Waits until there are at least `count` messages. Out: all of them. */
  async first(count: number): Promise<readonly StreamedMessage[]> {
    await until(`${count} messages`, () => this.messages.length >= count)
    return this.messages
  }

  async over(): Promise<void> {
    await until('the end of the stream', () => this.isOver)
  }

  close(): void {
    this.#response.destroy()
  }

  /** Parses the part of the WHATWG event stream format that this server uses. */
  #read(piece: string): void {
    const blocks = (this.#rest + piece).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) {
      let [kind, data] = ['message', '']
      for (const line of block.split('\n')) {
        const colon = line.indexOf(':')
        const [name, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
        if (name === '') this.comments.push(value)
        if (name === 'id') this.lastId = value
        if (name === 'event') kind = value
        if (name === 'data') data += value
      }
      if (data !== '') this.messages.push({ kind, id: this.lastId, data: JSON.parse(data) })
    }
  }
}
