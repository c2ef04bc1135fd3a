import { Client } from 'pg'
import type { BenchDatabase } from './database.ts'
import { importRequest, makeEvents, trackRequest } from './events.ts'
import { BATCH_SIZE, IMPORTED } from './import.ts'
import { sendLoad } from './load.ts'
import { processorMs } from './processor-time.ts'
import { fill } from './reads/fill.ts'
import { type Comparison, compare, median } from './rounds.ts'
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

/** Medians over the rounds, for an event, and the most memory that the server has had. */
interface GrowthCosts {
  /** The processor time of Postgres, in µs; NaN where it is not known. */
  readonly postgresUs: number
  readonly walBytes: number
  readonly megabytes: number | undefined
}

/** A comparison in events per second, and what an event cost. */
export interface GrowthComparison extends Comparison {
  readonly costs: { readonly ours: GrowthCosts; readonly baseline: GrowthCosts }
}

/**
 * Compares strict gzip import into a full table with import into a small one, in events per second: two servers on two
 * databases of one Postgres. The imported events stay, so both tables grow by those of a round each time. A round is as
 * long as from one checkpoint to the next, and ends with one, so that each side pays for the pages that it has changed.
 */
export async function measureGrowth(plan: GrowthPlan): Promise<GrowthComparison> {
  const full = await prepare(plan, plan.database.url, plan.manyEvents)
  const small = await prepare(plan, await plan.database.addSibling(), plan.fewEvents)
  try {
    const compared = await compare(plan.rounds, full.run, small.run)
    return { ...compared, costs: { ours: await full.costs(), baseline: await small.costs() } }
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
  const nowMs = Date.now()
  const requests = Array.from({ length: batches }, (_, at) =>
    importRequest(token, makeEvents(BATCH_SIZE, nowMs, at)),
  )
  // The first event with the token creates the project.
  const first = makeEvents(1, nowMs).map((event) => trackRequest(token, event))
  await sendLoad({ port, requests: first, connections: 1, expected: '1' })
  const common = { devices: 1, allLinked: false, names: 20, timeStepMs: 1 }
  await fill(databaseUrl, { ...common, token, events, users: Math.ceil(events / EVENTS_OF_A_USER) })
  await client.query('alter table event_earliest set (autovacuum_enabled = off)')
  let expected = await count(client)
  const sent = batches * BATCH_SIZE
  const used: { readonly postgresUs: number; readonly walBytes: number }[] = []
  const run = async (): Promise<number> => {
    const before = [await processorMs(client), await walBytes(client)] as const
    const startedAt = performance.now()
    await sendLoad({ port, requests, connections, expected: IMPORTED })
    await client.query('checkpoint')
    const ms = performance.now() - startedAt
    used.push({
      postgresUs: (((await processorMs(client)) - before[0]) * 1_000) / sent,
      walBytes: ((await walBytes(client)) - before[1]) / sent,
    })
    expected += sent
    const found = await count(client)
    if (found !== expected) throw new Error(`ROWS ARE MISSING: expected ${expected}, found ${found}`)
    return (sent / ms) * 1_000
  }
  // The first round warms up.
  const middle = (of: 'postgresUs' | 'walBytes') => median(used.slice(1).map((costs) => costs[of]))
  const costs = async (): Promise<GrowthCosts> => ({
    postgresUs: middle('postgresUs'),
    walBytes: middle('walBytes'),
    megabytes: await server.peakMegabytes(),
  })
  return { run, costs, close: () => client.end() }
}

async function walBytes(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as bytes`,
  )
  return Number(rows[0]?.bytes)
}

async function count(client: Client): Promise<number> {
  const { rows } = await client.query<{ found: string }>('select count(*) as found from event')
  return Number(rows[0]?.found)
}
