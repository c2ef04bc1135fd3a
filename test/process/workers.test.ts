import { readFile } from 'node:fs/promises'
import http from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseExposition } from '../support/exposition.ts'
import { type ServerProcess, ServerProcesses, until } from '../support/server-process.ts'

/* A server of two worker processes on one port: a client must not notice which of them answers. */

const servers = new ServerProcesses()
let server: ServerProcess
let url: string

beforeAll(async () => {
  const env = { TWINPANEL_WORKERS: '2', TWINPANEL_DATA_DIR: servers.newDataDir() }
  server = servers.start(env)
  url = await server.url()
}, 60_000)
afterAll(() => servers.clean())

interface Answer {
  readonly status: number
  readonly body: string
}

/** A client with one connection, which is kept; connections go to the workers in turn. */
class Client {
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

  send(
    method: string,
    path: string,
    body?: unknown,
    headers: http.OutgoingHttpHeaders = {},
  ): Promise<Answer> {
    const options = {
      method,
      agent: this.#agent,
      headers: { 'content-type': 'application/json', ...headers },
    }
    return new Promise((answered, failed) => {
      const request = http.request(url + path, options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => answered({ status: response.statusCode ?? 0, body: text }))
        response.on('error', failed)
      })
      request.on('error', failed)
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  async json<Shape>(method: string, path: string, body?: unknown): Promise<Shape> {
    return JSON.parse((await this.send(method, path, body)).body)
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Two clients, one at each worker. */
async function openClients(): Promise<readonly [Client, Client]> {
  const clients = [new Client(), new Client()] as const
  for (const client of clients) await client.send('GET', '/_twin/health')
  return clients
}

function event(token: string, id: string, name = 'Sent'): object {
  return { event: name, properties: { token, distinct_id: 'user', $insert_id: id } }
}

async function workerPids(): Promise<readonly number[]> {
  const { pid } = server.child
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
  const isWorker = async (id: string) =>
    (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).includes('--worker')
  const known = await Promise.all(children.map(async (id) => ((await isWorker(id)) ? [Number(id)] : [])))
  return known.flat()
}

async function storedIds(client: Client, token: string): Promise<readonly string[]> {
  const path = `/_twin/projects/${token}/events`
  const { events } = await client.json<{ events: { insert_id: string }[] }>('GET', path)
  return events.map(({ insert_id: id }) => id)
}

describe('a server of two workers', () => {
  it('stores by each worker what the other one reads, and counts both in /metrics', async () => {
    const [a, b] = await openClients()
    for (const [at, client] of [a, b, a, b].entries()) {
      expect(await client.send('POST', '/track', [event('both', `i${at}`)])).toMatchObject({ body: '1' })
    }
    for (const client of [a, b]) {
      expect((await storedIds(client, 'both')).toSorted()).toEqual(['i0', 'i1', 'i2', 'i3'])
      expect(await client.json('GET', '/_twin/projects/both/clients')).toMatchObject({
        clients: [{ requests: 4 }],
      })
    }
    // Each worker answers one of the connections: the other one still answers while it is stopped.
    const [pid = 0] = await workerPids()
    process.kill(pid, 'SIGSTOP')
    const answers = [a, b].map((client) => client.send('GET', '/_twin/health'))
    await Promise.race(answers)
    const waiting = await Promise.all(answers.map((each) => Promise.race([each, 'waiting'])))
    process.kill(pid, 'SIGCONT')
    expect(waiting.filter((each) => each === 'waiting')).toHaveLength(1)
    await Promise.all(answers)
    for (const client of [a, b]) {
      const { samples } = parseExposition((await client.send('GET', '/metrics')).body)
      const of = (name: string) => samples.filter((sample) => sample.name === name)
      expect(of('twinpanel_records_total').map(({ value }) => value)).toEqual([4])
      expect(of('twinpanel_info').map(({ value }) => value)).toEqual([1])
      expect(of('process_start_time_seconds')).toHaveLength(1)
      client.close()
    }
  })

  it('fires a fault exactly as often as it says, whichever worker is asked (IMP-31)', async () => {
    const [a, b] = await openClients()
    await a.json('PUT', '/_twin/faults', [{ path: '/track', status: 503, skip: 1, times: 2 }])
    const sent = Array.from({ length: 20 }, (_, at) =>
      (at % 2 === 0 ? a : b).send('POST', '/track', [event('faulty', `i${at}`)]),
    )
    const refused = (await Promise.all(sent)).filter(({ status }) => status === 503)
    expect(refused).toHaveLength(2)
    expect(await b.json('GET', '/_twin/faults')).toMatchObject([{ matched: 20, fired: 2 }])
    await b.send('DELETE', '/_twin/faults')
    expect(await a.json('GET', '/_twin/faults')).toEqual([])
    a.close()
    b.close()
  })

  it('counts the limits of a project over both workers, from the moment that they are set (RTL-01)', async () => {
    const [a, b] = await openClients()
    // Both know the project without its limit.
    for (const client of [a, b]) await client.send('POST', '/track', [event('limited', 'first')])
    await a.json('PATCH', '/_twin/projects/limited', { settings: { ingestion_bytes_per_minute: 400 } })
    const statuses: number[] = []
    for (const client of [b, a, b, a, b, a]) {
      statuses.push((await client.send('POST', '/track', [event('limited', 'later')])).status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429])
    a.close()
    b.close()
  })

  it('tells once of two spellings, though each worker sees one', async () => {
    const [a, b] = await openClients()
    const path = '/_twin/projects/spelt/verdicts?code=value.name_case'
    const told = async () => (await b.json<{ verdicts: object[] }>('GET', path)).verdicts.length
    await a.send('POST', '/track', [event('spelt', 'i1', 'Signed Up')])
    // The workers tell each other within milliseconds.
    await delay(100)
    await b.send('POST', '/track', [event('spelt', 'i2', 'signed up')])
    expect(await told()).toBe(1)
    await delay(100)
    await a.send('POST', '/track', [event('spelt', 'i3', 'signed up')])
    expect(await told()).toBe(1)
    a.close()
    b.close()
  })

  it('replaces a worker that is killed; no acknowledged event is lost, and no count falls', {
    timeout: 60_000,
  }, async () => {
    const clients = [...(await openClients()), ...(await openClients())]
    const counted = async () => {
      const { samples } = parseExposition((await clients[3]?.send('GET', '/metrics'))?.body ?? '')
      const own = samples.filter(({ name, labels }) => {
        return name === 'twinpanel_requests_total' && labels['endpoint'] === '/track'
      })
      return own.reduce((sum, { value }) => sum + value, 0)
    }
    const [killed = 0] = await workerPids()
    const acknowledged: string[] = []
    let [failed, isOver] = [0, false]
    const sending = clients.slice(0, 3).map(async (client, of) => {
      for (let at = 0; !isOver; at++) {
        const id = `${of}-${at}`
        await client.send('POST', '/track', [event('killed', id)]).then(
          ({ body }) => body === '1' && acknowledged.push(id),
          () => failed++,
        )
      }
    })
    await until('some events', () => acknowledged.length > 30)
    const before = await counted()
    process.kill(killed, 'SIGKILL')
    await until('another worker', async () => {
      const pids = await workerPids()
      return pids.length === 2 && !pids.includes(killed)
    })
    const after = acknowledged.length + 30
    await until('further events', () => acknowledged.length > after)
    isOver = true
    await Promise.all(sending)
    expect(failed).toBeGreaterThan(0)
    const stored = new Set<string>()
    const answer = await clients[0]?.send('GET', '/_twin/projects/killed/export/events')
    for (const line of answer?.body.trim().split('\n') ?? [])
      stored.add(JSON.parse(line).properties.$insert_id)
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
    expect(await counted()).toBeGreaterThanOrEqual(before)
    for (const client of clients) client.close()
  })

  it('answers what is under way when it is asked to stop, and ends with code 0', {
    timeout: 60_000,
  }, async () => {
    const [a, b] = await openClients()
    await a.json('PUT', '/_twin/faults', [{ path: '/track', latency_ms: 600 }])
    const slow = [a, b].map((client) => client.send('POST', '/track', [event('both', 'last')]))
    const other = new Client()
    await until('both requests', async () => {
      const [fault] = await other.json<{ fired: number }[]>('GET', '/_twin/faults')
      return fault?.fired === 2
    })
    server.child.kill('SIGTERM')
    expect((await Promise.all(slow)).map(({ body }) => body)).toEqual(['1', '1'])
    expect(await server.ended).toEqual({ code: 0, signal: null })
    expect(server.stderr()).toMatch(/a worker has ended, and is replaced/)
  })
})
