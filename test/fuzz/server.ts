import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { buildApp } from '../../src/app.ts'
import { createLogger } from '../../src/log.ts'
import { closeDatabase, openDatabase } from '../../src/store/db.ts'
import { cloneDatabase } from '../support/database.ts'

/** The seed of a run: set FUZZ_SEED to the one that a failure printed to see it again. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)

/** A server on a real socket and a real database, with all that it logs. */
export interface FuzzServer {
  readonly port: number
  readonly url: string
  readonly token: string
  readonly secret: string
  readonly projectId: number
  readonly inject: Awaited<ReturnType<typeof buildApp>>['inject']
  /** What the server logged as a warning or worse, or with a stack; empty is what it must be. */
  readonly complaints: () => readonly string[]
  /** Stores a good event and reads it back; gives what was read. */
  readonly roundTrip: () => Promise<unknown>
  readonly close: () => Promise<void>
}

/** Starts one. Unhandled rejections count as complaints too. */
export async function startFuzzServer(): Promise<FuzzServer> {
  const database = await cloneDatabase()
  const db = openDatabase({ connectionString: database.connectionString, maxConnections: 5 })
  const lines: string[] = []
  const onRejection = (reason: unknown): void => void lines.push(`"level":60 unhandled: ${String(reason)}`)
  process.on('unhandledRejection', onRejection)
  const app = await buildApp({
    db,
    log: createLogger('info', { write: (line: string) => void lines.push(line) }),
    clock: Date.now,
    newId: randomUUID,
    settings: { unknownTokens: 'drop', trustProxy: false, loopbackOnly: true },
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const created = await app.inject({ method: 'POST', url: '/_twin/projects', payload: {} })
  const project = created.json<{ project_id: number; token: string; secret: string }>()
  return {
    port: Number(new URL(url).port),
    url,
    token: project.token,
    secret: project.secret,
    projectId: project.project_id,
    inject: app.inject.bind(app),
    complaints: () => lines.filter((line) => /"stack"|"level":[456]0/.test(line)),
    roundTrip: () => roundTrip(url, project.token),
    close: async () => {
      process.off('unhandledRejection', onRejection)
      await app.close()
      await closeDatabase(db)
      await database.drop()
    },
  }
}

/** A device of no other request: what a fuzz makes up may link any id that it can make up. */
const DEVICE = `good ${randomUUID()}`

async function roundTrip(url: string, token: string): Promise<unknown> {
  const event = `good ${randomUUID()}`
  const body = JSON.stringify([{ event, properties: { token, $device_id: DEVICE, plan: 'x' } }])
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/track`, { method: 'POST', headers, body })
  const text = await answer.text()
  const read = await fetch(`${url}/_twin/projects/${token}/events?event=${encodeURIComponent(event)}`)
  const { events } = (await read.json()) as { events: readonly { distinct_id: string; properties: object }[] }
  return { text, events: events.map(({ distinct_id, properties }) => ({ distinct_id, ...properties })) }
}

/** Every event of the server's project as the raw export gives it, each line parsed. */
export async function exportAll(server: FuzzServer): Promise<readonly unknown[]> {
  const today = new Date().toISOString().slice(0, 10)
  const authorization = `Basic ${Buffer.from(`${server.secret}:`).toString('base64')}`
  const query = `from_date=0001-01-01&to_date=${today}`
  const answer = await fetch(`${server.url}/api/2.0/export?${query}`, { headers: { authorization } })
  if (answer.status !== 200) throw new Error(`no export: ${answer.status} ${await answer.text()}`)
  const lines = (await answer.text()).split('\n')
  return lines.slice(0, -1).map((line): unknown => JSON.parse(line))
}

/** What `roundTrip` gives where all is well. */
export const GOOD = { text: '1', events: [{ distinct_id: `$device:${DEVICE}`, plan: 'x' }] }

/** Sends bytes over a socket and gives all that comes back, once the server has closed or `ms` are over. */
export async function sendRaw(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  ms = 5_000,
): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // A server may close before it has read all: what counts is what it answered.
  socket.on('error', () => undefined)
  const timer = setTimeout(() => socket.destroy(), ms)
  for (const piece of pieces) socket.write(piece)
  await new Promise((resolve) => socket.on('close', resolve))
  clearTimeout(timer)
  return Buffer.concat(chunks).toString('latin1')
}

/** The status of the first answer in what `sendRaw` gave; undefined where there was none. */
export function statusOf(answer: string): number | undefined {
  const match = /^HTTP\/1\.1 (\d{3}) /.exec(answer)
  return match === null ? undefined : Number(match[1])
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Memory in use in MB, garbage taken out: of the heap with its buffers, and of the whole process. */
export function memoryMb(): { readonly used: number; readonly rss: number } {
  for (let n = 0; n < 3; n++) collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { used: (heapUsed + external) / 1e6, rss: rss / 1e6 }
}
