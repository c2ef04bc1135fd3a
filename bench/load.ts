import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  /** Whole requests, head and body, sent in this order. */
  readonly requests: readonly Buffer[]
  /** Keep-alive connections, each with one request in flight. */
  readonly connections: number
  /** The body that every answer must have, with status 200. */
  readonly expected: string
  /** Gets the time of each request in ms, from its first byte to the last of its answer. */
  readonly latencies?: number[]
}

/**
 * Sends the requests and returns how many ms that took, from the first byte sent to the last answer. Uses bare sockets
 * because it shares the processors with the server: an HTTP client would cost several times as much. Rejects at the
 * first unexpected answer.
 */
export async function sendLoad(load: Load): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.port)))
  const waiting = load.requests.values()
  try {
    const startedAt = performance.now()
    await Promise.all(sockets.map((socket) => sendInTurn(socket, waiting, load)))
    return performance.now() - startedAt
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

function sendInTurn(socket: Socket, waiting: Iterator<Buffer>, { expected, latencies }: Load): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = ''
    let sentAt = 0
    const sendNext = (): void => {
      const next = waiting.next()
      sentAt = performance.now()
      if (next.done === true) resolve()
      else socket.write(next.value)
    }
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      answer += chunk
      if (!isWhole(answer)) return
      if (!answer.startsWith('HTTP/1.1 200') || !answer.endsWith(`\r\n\r\n${expected}`)) {
        reject(new Error(`expected 200 and ${expected}, got:\n${answer}`))
      }
      answer = ''
      latencies?.push(performance.now() - sentAt)
      sendNext()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server closed the connection')))
    sendNext()
  })
}

/** True once the head and the whole announced body have arrived. */
function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n')
  if (headEnd < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1]
  return length === undefined || answer.length >= headEnd + 4 + Number(length)
}
