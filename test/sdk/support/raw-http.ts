import { connect, type Socket } from 'node:net'

/** A request, byte for byte: the order and case of the headers are those given. */
export interface RawRequest {
  /** `POST /track?ip=1` */
  readonly line: string
  /** Header lines as they go out; Host and Content-Length are added where they are missing. */
  readonly headers: readonly string[]
  readonly body?: string | Buffer
}

/** An answer as it came; the names of headers in lower case. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** One character for each byte. */
  readonly body: string
}

/** A client that knows no HTTP but what is written to it: nothing is added, mended or followed. */
export class RawClient {
  readonly #socket: Socket
  #received = Buffer.alloc(0)
  #wake: () => void = () => undefined
  #isOver = false

  constructor(host: string, port: number) {
    this.#socket = connect(port, host)
    this.#socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes])
      this.#wake()
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#isOver = true
      this.#wake()
    })
  }

  /** Writes a request, or a part of one. */
  write(bytes: string | Buffer): void {
    this.#socket.write(bytes)
  }

  /** The next answer, 100 Continue included. Throws if the connection ends before it is whole. */
  async read(): Promise<RawAnswer> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n')
      const answer = end < 0 ? undefined : this.#takeAnswer(end)
      if (answer !== undefined) return answer
      if (this.#isOver) throw new Error(`the connection ended after ${this.#received.toString('latin1')}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The answer whose head ends there, once its body is whole. */
  #takeAnswer(headEnd: number): RawAnswer | undefined {
    const [first = '', ...lines] = this.#received.subarray(0, headEnd).toString('latin1').split('\r\n')
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 2),
      ]),
    )
    const start = headEnd + 4
    const isChunked = headers['transfer-encoding'] === 'chunked'
    const body = isChunked
      ? this.#chunksFrom(start)
      : this.#bytesFrom(start, Number(headers['content-length'] ?? 0))
    if (body === undefined) return undefined
    this.#received = this.#received.subarray(body.end)
    return { status: Number(first.split(' ')[1]), headers, body: body.text }
  }

  #bytesFrom(start: number, length: number) {
    const end = start + length
    if (this.#received.length < end) return undefined
    return { text: this.#received.subarray(start, end).toString('latin1'), end }
  }

  /** The text of all chunks from there to the empty one; no trailers. */
  #chunksFrom(start: number) {
    let text = ''
    for (let at = start; ; ) {
      const lineEnd = this.#received.indexOf('\r\n', at)
      if (lineEnd < 0) return undefined
      const length = Number.parseInt(this.#received.subarray(at, lineEnd).toString('latin1'), 16)
      const chunk = this.#bytesFrom(lineEnd + 2, length + 2)
      if (chunk === undefined) return undefined
      if (length === 0) return { text, end: chunk.end }
      text += chunk.text.slice(0, -2)
      at = chunk.end
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** The bytes of a request to a host. */
export function toBytes({ line, headers, body = '' }: RawRequest, host: string): Buffer {
  const has = (name: string) => headers.some((header) => header.toLowerCase().startsWith(`${name}:`))
  const bytes = Buffer.from(body)
  const head = [`${line} HTTP/1.1`, ...(has('host') ? [] : [`Host: ${host}`]), ...headers]
  if (bytes.length > 0 && !has('content-length')) head.push(`Content-Length: ${bytes.length}`)
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}
