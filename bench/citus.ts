import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { databaseOf, joinDatabases } from '../test/support/citus.ts'
import type { CitusCluster } from '../test/support/citus-cluster.ts'
import { setSecret } from './database.ts'
import { importRequest, makeEvents, type SentEvent, trackRequest } from './events.ts'
import { BATCH_SIZE, IMPORTED } from './import.ts'
import { sendLoad } from './load.ts'
import { ask } from './reads/ask.ts'
import { type Comparison, compare } from './rounds.ts'
import { type BenchServer, startServer } from './start-server.ts'

export interface CitusPlan {
  readonly cluster: CitusCluster
  readonly rounds: number
  readonly connections: number
  /** Batches of a round. */
  readonly batches: number
  /** Gets every server that is started, for an end by Ctrl-C. */
  readonly servers: BenchServer[]
}

/** What one worker did for a project. */
interface Work {
  readonly rows: number
  /** Blocks of its tables and indexes that were read or written, from memory or the disk. */
  readonly blocks: number
}

/** What each worker did for one round. */
export interface Shape {
  readonly imported: readonly Work[]
  readonly counted: readonly Work[]
}

export interface CitusComparison {
  readonly imports: Comparison
  readonly counts: Comparison
  /** With one worker, and with two. */
  readonly one: Shape
  readonly two: Shape
}

const TOKEN = 'citus'
const COUNTS = 10
/** Idle connections of the workers report what they did within ten seconds. */
const REPORTED_MS = 11_000

/**
 * Compares import and counts of one project on two workers with the same on one: two databases of one cluster, one of
 * which knows only the first worker. Events, or counts, per second; then what each worker did in one round more.
 */
export async function measureCitus(plan: CitusPlan): Promise<CitusComparison> {
  const events = makeEvents(plan.batches * BATCH_SIZE, Date.now()).map(withoutLink)
  const one = await Side.open(plan, 'bench_one', 1, events)
  const two = await Side.open(plan, 'bench_two', 2, events)
  try {
    const imports = await compare(plan.rounds, two.import, one.import)
    const counts = await compare(plan.rounds, two.count, one.count)
    return { imports, counts, one: await one.shape(), two: await two.shape() }
  } finally {
    await Promise.all([one.close(), two.close()])
  }
}

/** Links are made under one lock, wherever their rows are. */
function withoutLink({ event, properties }: SentEvent): SentEvent {
  const { $device_id: _device, $user_id: _user, ...others } = properties
  return { event, properties: others }
}

/** A server on a database that is distributed over some workers. */
class Side {
  readonly #port: number
  readonly #connections: number
  readonly #events: readonly SentEvent[]
  /** Of the coordinator first. */
  readonly #clients: readonly Client[]

  private constructor(
    port: number,
    connections: number,
    events: readonly SentEvent[],
    clients: readonly Client[],
  ) {
    this.#port = port
    this.#connections = connections
    this.#events = events
    this.#clients = clients
  }

  static async open(
    { cluster, connections, servers }: CitusPlan,
    name: string,
    workerCount: number,
    events: readonly SentEvent[],
  ): Promise<Side> {
    const coordinator = cluster.coordinator.url
    const workers = cluster.workers.slice(0, workerCount).map(({ url }) => url)
    const nodes = [coordinator, ...workers]
    for (const url of nodes) await runOn(url, `create database ${name}`)
    await joinDatabases({ coordinator, workers }, name)
    const server = await startServer(databaseOf(coordinator, name), true)
    servers.push(server)
    const clients = nodes.map((url) => new Client(databaseOf(url, name)))
    for (const client of clients) {
      await client.connect()
      // By default workers hide their shards.
      await client.query('set citus.override_table_visibility to off')
    }
    const first = events.slice(0, 1).map((event) => trackRequest(TOKEN, event))
    await sendLoad({ port: server.port, requests: first, connections: 1, expected: '1' })
    if (clients[0] !== undefined) await setSecret(clients[0], TOKEN)
    return new Side(server.port, connections, events, clients)
  }

  /** Out: events per second. */
  readonly import = async (): Promise<number> => {
    await this.#clients[0]?.query('truncate event')
    const requests = Array.from({ length: this.#events.length / BATCH_SIZE }, (_, at) =>
      importRequest(TOKEN, this.#events.slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE)),
    )
    const load = { port: this.#port, requests, connections: this.#connections, expected: IMPORTED }
    const ms = await sendLoad(load)
    const found = (await this.#clients[0]?.query<{ found: string }>('select count(*) as found from event'))
      ?.rows[0]
    if (Number(found?.found) !== this.#events.length)
      throw new Error(`ROWS ARE MISSING: found ${found?.found}`)
    // Counts are planned by its statistics.
    await this.#clients[0]?.query('vacuum (analyze) event')
    return (this.#events.length / ms) * 1_000
  }

  /** Out: counts per second, of all events of a name by day. */
  readonly count = async (): Promise<number> => {
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
    const name = encodeURIComponent(this.#events[0]?.event ?? '')
    const path = `/api/query/segmentation?event=${name}&from_date=${day(-2)}&to_date=${day(1)}`
    const startedAt = performance.now()
    for (let count = 0; count < COUNTS; count++) {
      const { status } = await ask(this.#port, { name: 'count', token: TOKEN, path }, TOKEN)
      if (status !== 200) throw new Error(`a count was answered ${status}`)
    }
    return (COUNTS / (performance.now() - startedAt)) * 1_000
  }

  async shape(): Promise<Shape> {
    const start = await this.#work()
    await this.import()
    const imported = await this.#work()
    await this.count()
    const counted = await this.#work()
    return { imported: imported.map(since(start)), counted: counted.map(since(imported)) }
  }

  async #work(): Promise<readonly Work[]> {
    await sleep(REPORTED_MS)
    return await Promise.all(
      this.#clients.slice(1).map(async (client) => {
        const { rows } = await client.query<{ rows: string; blocks: string }>(READ_WORK)
        return { rows: Number(rows[0]?.rows), blocks: Number(rows[0]?.blocks) }
      }),
    )
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end()))
  }
}

const since =
  (before: readonly Work[]) =>
  (after: Work, at: number): Work => ({
    rows: after.rows - (before[at]?.rows ?? 0),
    blocks: after.blocks - (before[at]?.blocks ?? 0),
  })

const READ_WORK = `
  select sum(n_tup_ins) as rows,
         sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0)) as blocks
  from pg_stat_user_tables join pg_statio_user_tables using (relid)
  where pg_stat_user_tables.relname like 'event\\_%'`

async function runOn(url: string, statement: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  await client.query(statement)
  await client.end()
}
