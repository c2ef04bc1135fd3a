import { Client } from 'pg'
import type { BenchDatabase } from './database.ts'
import { importRequest, makeEvents, trackRequest } from './events.ts'
import { BATCH_SIZE, IMPORTED } from './import.ts'
import { sendLoad } from './load.ts'
import { fill } from './reads/fill.ts'
import { type Comparison, compare } from './rounds.ts'
import { type BenchServer, startServer } from './start-server.ts'

export interface GrowthPlan {
  readonly database: BenchDatabase
  readonly token: string
  readonly rounds: number
  readonly connections: number
  /** Events before the first round, of the full table and of the one it is compared with. */
  readonly manyEvents: number
  readonly fewEvents: number
  /** Batches of a round. */
  readonly batches: number
  /** Gets every server that is started, for an end by Ctrl-C. */
  readonly servers: BenchServer[]
}

const EVENTS_OF_A_USER = 50

/**
 * Compares strict gzip import into a full table with import into a small one, in events per second: two servers on two
 * databases of one Postgres. The imported events stay, so both tables grow by those of a round each time.
 */
export async function measureGrowth(plan: GrowthPlan): Promise<Comparison> {
  const full = await prepare(plan, plan.database.url, plan.manyEvents)
  const small = await prepare(plan, await plan.database.addSibling(), plan.fewEvents)
  try {
    return await compare(plan.rounds, full.run, small.run)
  } finally {
    await Promise.all([full.close(), small.close()])
  }
}

async function prepare(plan: GrowthPlan, databaseUrl: string, events: number) {
  const { token, batches, connections } = plan
  const server = await startServer(databaseUrl, true)
  plan.servers.push(server)
  const { port } = server
  const client = new Client(databaseUrl)
  // If the connection is lost, the next query fails and reports it.
  client.on('error', () => undefined)
  await client.connect()
  const imported = makeEvents(batches * BATCH_SIZE, Date.now())
  const requests = Array.from({ length: batches }, (_, at) =>
    importRequest(token, imported.slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE)),
  )
  // The first event with the token creates the project.
  const first = imported.slice(0, 1).map((event) => trackRequest(token, event))
  await sendLoad({ port, requests: first, connections: 1, expected: '1' })
  const common = { devices: 1, allLinked: false, names: 20, timeStepMs: 1 }
  await fill(databaseUrl, { ...common, token, events, users: Math.ceil(events / EVENTS_OF_A_USER) })
  await client.query('alter table event_earliest set (autovacuum_enabled = off)')
  let expected = await count(client)
  const run = async (): Promise<number> => {
    await client.query('checkpoint')
    const ms = await sendLoad({ port, requests, connections, expected: IMPORTED })
    expected += imported.length
    const found = await count(client)
    if (found !== expected) throw new Error(`ROWS ARE MISSING: expected ${expected}, found ${found}`)
    return (imported.length / ms) * 1_000
  }
  return { run, close: () => client.end() }
}

async function count(client: Client): Promise<number> {
  const { rows } = await client.query<{ found: string }>('select count(*) as found from event')
  return Number(rows[0]?.found)
}
