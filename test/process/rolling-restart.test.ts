import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { Balancer } from '../support/balancer.ts'
import { cloneDatabase } from '../support/database.ts'
import { type ServerProcess, ServerProcesses, until } from '../support/server-process.ts'

/* Two servers on one database, behind a balancer, restarted in turn while clients send. */

const servers = new ServerProcesses()
afterEach(() => servers.clean())

/** A hundred by `npm run restarts`. */
const RESTARTS = Number(process.env['RESTARTS'] ?? 2)
const CLIENTS = 16
const CHECK_EVERY_MS = 100
const TOKEN = 'rolling'

/** What the clients got. */
interface Sent {
  answered: number
  longestMs: number
  /** Ids of the events that were acknowledged. */
  readonly acknowledged: string[]
  readonly failed: string[]
}

interface Answer {
  readonly status: number
  readonly text: string
}

function ask(url: string, agent: http.Agent, body?: string): Promise<Answer> {
  return new Promise((done, failed) => {
    const request = http.request(url, { method: body === undefined ? 'GET' : 'POST', agent })
    request.on('error', failed)
    request.on('response', async (response) => {
      let text = ''
      for await (const chunk of response) text += String(chunk)
      done({ status: response.statusCode ?? 0, text })
    })
    request.end(body)
  })
}

/** Sends on a connection of its own until told to stop: three events, then a question. */
async function keepSending(url: string, name: number, sent: Sent, signal: AbortSignal): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  for (let at = 0; !signal.aborted; at++) {
    const isQuestion = at % 4 === 3
    const id = `${name}-${at}`
    const properties = { token: TOKEN, distinct_id: `u${name}`, $insert_id: id }
    const began = performance.now()
    const answer = await (isQuestion
      ? ask(`${url}/_twin/projects/${TOKEN}/events?limit=1`, agent)
      : ask(`${url}/track`, agent, JSON.stringify([{ event: 'A', properties }]))
    ).catch((error: Error) => ({ status: 0, text: error.message }))
    sent.longestMs = Math.max(sent.longestMs, performance.now() - began)
    if (answer.status !== 200) sent.failed.push(`${answer.status} ${answer.text}`)
    else {
      sent.answered += 1
      if (!isQuestion) sent.acknowledged.push(id)
    }
    await delay(Math.random() * 20)
  }
  agent.destroy()
}

/** Stops a server, and starts another one on its port. */
async function restart(server: ServerProcess, env: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const { port } = new URL(await server.url())
  server.child.kill('SIGTERM')
  expect(await server.ended).toEqual({ code: 0, signal: null })
  const next = servers.start({ ...env, PORT: port })
  await next.url()
  return next
}

/** Stored ids, one for each row. */
async function storedIds(connectionString: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  const { rows } = await client.query<{ insert_id: string }>('select insert_id from event')
  await client.end()
  return rows.map(({ insert_id }) => insert_id)
}

function tell(restarts: number, { answered, failed, longestMs }: Sent, { counts }: Balancer): string {
  const requests = `${answered + failed.length} requests, ${failed.length} failed`
  const reasons = [...new Set([...failed, ...counts.broken])].slice(0, 5).join('; ')
  const moved = `${counts.closed} connections closed by an answer, ${counts.moved} requests moved`
  return `${restarts} restarts, ${requests}, longest wait ${Math.round(longestMs)} ms; ${moved}${reasons && `: ${reasons}`}`
}

describe('two servers that are restarted in turn', () => {
  it('fail no request behind a balancer that asks whether they are ready, and lose and double no event', {
    timeout: 120_000 + RESTARTS * 20_000,
  }, async () => {
    const database = await cloneDatabase()
    servers.onClean(() => database.drop())
    const env = {
      DATABASE_URL: database.connectionString,
      TWINPANEL_UNKNOWN_TOKENS: 'create',
      TWINPANEL_DRAIN_SECONDS: '0.5',
    }
    const running = [servers.start(env), servers.start(env)]
    const balancer = await Balancer.start(
      await Promise.all(running.map((server) => server.url())),
      CHECK_EVERY_MS,
    )
    servers.onClean(() => balancer.stop())
    const sent: Sent = { answered: 0, longestMs: 0, acknowledged: [], failed: [] }
    const stopping = new AbortController()
    await ask(`${balancer.url}/track`, http.globalAgent, eventOf('first'))
    const clients = Array.from({ length: CLIENTS }, (_, name) =>
      keepSending(balancer.url, name, sent, stopping.signal),
    )
    for (let round = 0; round < RESTARTS; round++) {
      const before = sent.answered
      await until('requests to both', () => sent.answered > before + CLIENTS * 4)
      const [next, other] = running.splice(0) as [ServerProcess, ServerProcess]
      running.push(other, await restart(next, env))
      if (round % 10 === 9) process.stderr.write(`${tell(round + 1, sent, balancer)}\n`)
      // The balancer, too, must have noticed it.
      await delay(3 * CHECK_EVERY_MS)
    }
    stopping.abort()
    await Promise.all(clients)
    const { failed, acknowledged } = sent
    const { broken } = balancer.counts
    process.stdout.write(`${tell(RESTARTS, sent, balancer)}\n`)
    expect({ failed: failed.slice(0, 10), broken: broken.slice(0, 10) }).toEqual({ failed: [], broken: [] })
    expect((await storedIds(database.connectionString)).toSorted()).toEqual(
      ['first', ...acknowledged].toSorted(),
    )
  })
})

function eventOf(id: string): string {
  return JSON.stringify([{ event: 'A', properties: { token: TOKEN, distinct_id: 'u', $insert_id: id } }])
}
