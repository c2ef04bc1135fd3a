import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { startOnDatabase } from '../support/prepared-data.ts'
import { ServerProcesses, until } from '../support/server-process.ts'

const servers = new ServerProcesses()
afterEach(() => servers.clean())

/** More rounds by the command in docs/reliability.md. */
const ROUNDS = Number(process.env['RESTARTS'] ?? 2)
const CLIENTS = 24

/** What became of the requests of one client. */
interface Sent {
  answered: number
  /** When a client was first told that its connection ends; Infinity until then. */
  closedAtMs: number
  /** Errors on connections that the server had accepted. */
  readonly lost: string[]
}

const body = JSON.stringify([{ event: 'A', properties: { token: 'draining', distinct_id: 'u' } }])

/** Sends one request. Out: `refused` if the server accepts no more connections. */
function send(url: string, agent: http.Agent, sent: Sent): Promise<'answered' | 'lost' | 'refused'> {
  return new Promise((ended) => {
    const request = http.request(`${url}/track`, { method: 'POST', agent })
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') return ended('refused')
      sent.lost.push(`${error.code}${request.reusedSocket ? ' on a reused connection' : ''}`)
      ended('lost')
    })
    request.on('response', (response) => {
      if (response.headers.connection === 'close')
        sent.closedAtMs = Math.min(sent.closedAtMs, performance.now())
      response.resume().on('end', () => {
        sent.answered += 1
        ended('answered')
      })
    })
    request.end(body)
  })
}

/** Keeps a connection alive, and sends on it with short pauses until the server is gone. */
async function keepSending(url: string, sent: Sent): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  while ((await send(url, agent, sent)) === 'answered') await delay(Math.random() * 20)
  agent.destroy()
}

describe('a server that is asked to stop', () => {
  it('resets no request of clients that keep their connections, and is not ready meanwhile', {
    timeout: 60_000 + ROUNDS * 10_000,
  }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const server = await startOnDatabase(servers, { TWINPANEL_DRAIN_SECONDS: '1' })
      const url = await server.url()
      const sent: Sent = { answered: 0, closedAtMs: Number.POSITIVE_INFINITY, lost: [] }
      const clients = Array.from({ length: CLIENTS }, () => keepSending(url, sent))
      await until('some requests', () => sent.answered > CLIENTS * 3)
      const stoppedAtMs = performance.now()
      server.child.kill('SIGTERM')
      const ready = await until('the refusal', async () => {
        const answer = await fetch(`${url}/_twin/ready`)
        return answer.status === 503 && (await answer.json())
      })
      expect(ready).toEqual({ status: 'not_ready', database: true, queue: true, stopping: true })
      const [notReadyAtMs, closedBefore] = [performance.now(), sent.closedAtMs]
      await Promise.all(clients)
      // A balancer has had that second to take the server out; then each connection ends by an answer that says so.
      expect(closedBefore).toBeGreaterThan(notReadyAtMs)
      expect(sent.closedAtMs - stoppedAtMs).toBeGreaterThanOrEqual(1_000)
      expect(sent.closedAtMs).toBeLessThan(Number.POSITIVE_INFINITY)
      expect(await server.ended).toEqual({ code: 0, signal: null })
      expect(sent.lost).toEqual([])
    }
  })
})
