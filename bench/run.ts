import { once } from 'node:events'
import { CITUS_PROGRAMS, CitusCluster } from '../test/support/citus-cluster.ts'
import { measureCitus } from './citus.ts'
import { type BenchDatabase, EventTable, openBenchDatabase } from './database.ts'
import { makeEvents, trackRequest } from './events.ts'
import { measureExport } from './export.ts'
import { measureGrowth } from './growth.ts'
import { BATCH_SIZE, measureImport } from './import.ts'
import { printLatencies } from './latency.ts'
import { sendLoad } from './load.ts'
import { measureMerge } from './merge.ts'
import { measureReads } from './reads/measure.ts'
import {
  type Heading,
  printComparison,
  printConditions,
  printGrowthCosts,
  printImportCosts,
  printShapes,
} from './report.ts'
import { measureReset } from './reset.ts'
import { readSettings, type Settings } from './settings.ts'
import { type BenchServer, startServer } from './start-server.ts'
import { measureTracks, measureWorkers } from './track-sides.ts'
import { measureWait } from './wait.ts'

/** The measurements that can be selected on the command line. */
const RATIOS = ['import', 'track', 'workers', 'merge']
const LATENCIES = ['reset', 'wait']
/** Needs the network, so only by its name: with track, compares it with Mockoon as well. */
const MOCKOON = 'mockoon'
/** Only if named: they fill gigabytes first. */
const READS = 'reads'
const GROWTH = 'growth'
/** How much longer its rounds are than those of import: as long as from one checkpoint to the next. */
const GROWTH_ROUND = 5
const EXPORT = 'export'
/** Needs a Postgres with Citus: by its name, and on a cluster of its own. */
const CITUS = 'citus'

const FEW_EVENTS = 100_000

const TOKEN = '5f3759df5f3759df5f3759df5f3759df'

// Ctrl-C leaves no Postgres and no database behind either.
const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => {
  throw new Error('interrupted')
})
interrupted.catch(() => undefined)

try {
  const settings = readSettings(process.env)
  const asked = process.argv.slice(2)
  if (asked.includes(CITUS)) await measureCluster(settings)
  if (asked.length === 0 || asked.some((name) => name !== CITUS)) {
    const database = await openBenchDatabase()
    try {
      await Promise.race([measureAll(database, settings), interrupted])
    } finally {
      await database.close()
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function measureAll(database: BenchDatabase, settings: Settings): Promise<void> {
  const asked = process.argv.slice(2)
  const isAsked = (name: string) => asked.length === 0 || asked.includes(name)
  if (RATIOS.some(isAsked)) await measureRatios(database, settings, isAsked)
  if (LATENCIES.some(isAsked)) await measureLatencies(database, settings, isAsked)
  if (asked.includes(READS)) await measureReading(database, settings)
  if (asked.includes(GROWTH)) await measureGrowing(database, settings)
  if (asked.includes(EXPORT)) await measureExporting(database, settings)
}

async function measureLatencies(
  { url: databaseUrl, description }: BenchDatabase,
  { rounds, resetEvents, waits }: Settings,
  isAsked: (name: string) => boolean,
): Promise<void> {
  const servers = [await startServer(databaseUrl, true), await startServer(databaseUrl, true)]
  const [port = 0, otherPort = 0] = servers.map((server) => server.port)
  try {
    if (!RATIOS.some(isAsked)) printConditions(description)
    if (isAsked('reset')) {
      const conditions = `${rounds} rounds; the project is filled by SQL, and read after each reset: it is empty`
      const rows = await measureReset({ port, databaseUrl, rounds, manyEvents: resetEvents })
      printLatencies('POST …/reset', conditions, rows)
    }
    if (isAsked('wait')) {
      const conditions = `${waits} waits, one at a time, each under way 15 to 50 ms before its event is sent`
      printLatencies('GET …/wait', conditions, await measureWait({ port, otherPort, waits }))
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

async function measureReading(
  { url: databaseUrl, description }: BenchDatabase,
  { rounds, readEvents: events }: Settings,
): Promise<void> {
  const server = await startServer(databaseUrl, true)
  try {
    printConditions(description)
    await measureReads({ server, databaseUrl, rounds, events })
  } finally {
    await server.stop()
  }
}

async function measureGrowing(database: BenchDatabase, settings: Settings): Promise<void> {
  const { rounds, growthEvents, importConnections: connections } = settings
  const batches = settings.importBatches * GROWTH_ROUND
  const servers: BenchServer[] = []
  try {
    printConditions(database.description)
    const sizes = { manyEvents: growthEvents, fewEvents: FEW_EVENTS, batches }
    const plan = { database, token: TOKEN, rounds, connections, servers, ...sizes }
    const compared = await measureGrowth(plan)
    const [many, few] = [growthEvents, FEW_EVENTS].map((count) => `${count.toLocaleString('en')} rows`)
    const conditions = `${batches * BATCH_SIZE} events a round, which stay, on ${connections} connections`
    const names = [many ?? '', few ?? ''] as const
    const title = 'strict gzip import into a full table against one into a small table'
    printComparison({ title, conditions, names, unit: 'events/s', target: 0.9 }, compared)
    printGrowthCosts(names, compared.costs)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

async function measureExporting(database: BenchDatabase, { rounds, exportEvents }: Settings): Promise<void> {
  const server = await startServer(database.url, true)
  try {
    printConditions(database.description)
    const compared = await measureExport({ database, port: server.port, rounds, events: exportEvents })
    const title = 'the raw export against COPY (select …) TO STDOUT in the same order'
    const conditions = `${exportEvents.toLocaleString('en')} events of 30 days`
    const names = ['export', 'COPY'] as const
    printComparison({ title, conditions, names, unit: 'events/s' }, compared)
  } finally {
    await server.stop()
  }
}

async function measureCluster({ rounds, importBatches, importConnections }: Settings): Promise<void> {
  if (CITUS_PROGRAMS === undefined) {
    console.log(
      'citus: skipped, since TEST_CITUS_PROGRAMS does not name the programs of a Postgres with Citus',
    )
    return
  }
  const servers: BenchServer[] = []
  const cluster = await CitusCluster.create(CITUS_PROGRAMS, 2)
  process.once('exit', () => cluster.kill())
  try {
    printConditions('that of TEST_CITUS_PROGRAMS, fsync on, 8 shards')
    const plan = { cluster, rounds, connections: importConnections, batches: importBatches, servers }
    const compared = await Promise.race([measureCitus(plan), interrupted])
    const names = ['two workers', 'one worker'] as const
    const conditions =
      'one project, no links; the workers share the cores of this machine, so that two gain little'
    const events = `${importBatches * BATCH_SIZE} events a round, on ${importConnections} connections; ${conditions}`
    const title = 'strict gzip import on two workers of Citus against one'
    printComparison({ title, conditions: events, names, unit: 'events/s' }, compared.imports)
    const counting = 'segmentation of a name by day on two workers of Citus against one'
    printComparison({ title: counting, conditions, names, unit: 'counts/s' }, compared.counts)
    printShapes(compared)
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    await cluster.remove()
  }
}

async function measureRatios(
  database: BenchDatabase,
  settings: Settings,
  isAsked: (name: string) => boolean,
): Promise<void> {
  const servers: BenchServer[] = []
  const table = new EventTable(database.url)
  try {
    const server = await startServer(database.url, true)
    servers.push(server)
    await table.open()
    const { port } = server
    const common = { token: TOKEN, table, rounds: settings.rounds }
    const imported = makeEvents(settings.importBatches * BATCH_SIZE, Date.now())
    const tracked = makeEvents(settings.trackEvents, Date.now())
    printConditions(database.description, JSON.stringify(imported).length / imported.length)
    // The first event with the token creates the project.
    const requests = tracked.slice(0, 1).map((event) => trackRequest(TOKEN, event))
    await sendLoad({ port, requests, connections: 1, expected: '1' })
    const tracking = { databaseUrl: database.url, table, token: TOKEN, events: tracked, settings, servers }
    if (isAsked('import')) {
      const { importConnections } = settings
      const sides = await measureImport({
        ...common,
        server,
        events: imported,
        connections: importConnections,
      })
      printComparison(importHeading(imported.length, importConnections), sides)
      printImportCosts(sides.costs)
    }
    if (isAsked('track')) await measureTracks(tracking, process.argv.includes(MOCKOON))
    if (isAsked('workers')) await measureWorkers(tracking)
    if (isAsked('merge')) {
      const sizes = { manyEvents: settings.mergeEvents, fewEvents: 10 }
      const sides = await measureMerge({ ...common, port, ...sizes, databaseUrl: database.url })
      printComparison(mergeHeading(sizes.manyEvents, sizes.fewEvents), sides)
    }
  } finally {
    await table.close()
    await Promise.all(servers.map((server) => server.stop()))
  }
}

function importHeading(events: number, connections: number): Heading {
  return {
    title: 'strict gzip import against COPY of the same rows',
    conditions: `${events} events a round, in batches of ${BATCH_SIZE} on ${connections} connections; COPY on one`,
    names: ['import', 'COPY'],
    unit: 'events/s',
    target: 1,
  }
}

function mergeHeading(many: number, few: number): Heading {
  return {
    title: `linking a device with ${many} earlier events against one with ${few}`,
    conditions: 'one /track at a time, each making one link under the identity lock, 20 a round',
    names: [`${many} events`, `${few} events`],
    unit: 'links/s',
    target: 0.8,
  }
}
