import type { Client, Connection, Submittable } from 'pg'
import { Deferred } from '../src/core/deferred.ts'

/** The rows of a COPY as messages of the protocol, ready to be written. */
export type CopyMessages = readonly Buffer[]

/** The approximate size of a message. */
const MESSAGE_BYTES = 256 * 1_024

/** Reads rows with COPY … TO STDOUT, ready to be copied back in. In: a query in parentheses. */
export async function copyOut(client: Client, query: string): Promise<CopyMessages> {
  const copy = new CopyQuery(`copy ${query} to stdout`, [])
  client.query(copy)
  await copy.done
  return frame(copy.received)
}

/** Writes rows with COPY … FROM STDIN, one statement on one connection, as psql's \copy does. */
export async function copyIn(
  client: Client,
  table: string,
  columns: string,
  messages: CopyMessages,
): Promise<void> {
  const copy = new CopyQuery(`copy ${table} (${columns}) from stdin`, messages)
  client.query(copy)
  await copy.done
}

function frame(rows: readonly Buffer[]): CopyMessages {
  const messages: Buffer[] = []
  let group: Buffer[] = []
  let bytes = 0
  for (const row of rows) {
    group.push(row)
    bytes += row.length
    if (bytes < MESSAGE_BYTES) continue
    messages.push(message('d', Buffer.concat(group)))
    group = []
    bytes = 0
  }
  return [...messages, message('d', Buffer.concat(group)), message('c', Buffer.alloc(0))]
}

/** A message of the Postgres protocol: a letter, the length of what follows the letter, the content. */
function message(kind: 'Q' | 'c' | 'd', content: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.write(kind)
  head.writeInt32BE(content.length + 4, 1)
  return Buffer.concat([head, content])
}

/** A COPY for node-postgres, which handles the messages but has no statement for them. */
class CopyQuery implements Submittable {
  readonly done: Promise<void>
  readonly received: Buffer[] = []
  readonly #text: string
  readonly #messages: CopyMessages
  readonly #resolve: () => void
  readonly #reject: (error: Error) => void

  constructor(text: string, messages: CopyMessages) {
    this.#text = text
    this.#messages = messages
    const { promise, resolve, reject } = new Deferred<void>()
    this.done = promise
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: Connection): void {
    connection.stream.write(message('Q', Buffer.from(`${this.#text}\0`)))
  }

  handleCopyInResponse(connection: Connection): void {
    for (const chunk of this.#messages) connection.stream.write(chunk)
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    // The buffer is reused for the next chunk.
    this.received.push(Buffer.from(chunk))
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.#reject(error)
  }

  handleReadyForQuery(): void {
    this.#resolve()
  }
}
