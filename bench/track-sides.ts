import type { EventTable } from './database.ts'
import { type SentEvent, trackRequest } from './events.ts'
import { sendLoad } from './load.ts'
import { startMockoon } from './mockoon.ts'
import { type Heading, printComparison, printCosts } from './report.ts'
import type { Settings } from './settings.ts'
import {
  type BenchServer,
  startBareServer,
  startFastifyServer,
  startServer,
  startWorkers,
} from './start-server.ts'
import { measureTrack, type TrackSide } from './track.ts'

interface Tracking {
  readonly databaseUrl: string
  readonly table: EventTable
  readonly token: string
  readonly events: readonly SentEvent[]
  readonly settings: Settings
  /** Gets every server that is started, for an end by Ctrl-C. */
  readonly servers: BenchServer[]
}

const MANY_CONNECTIONS = 512
/** More than there are workers, so that each knows the project before the clock starts. */
const WARMING_CONNECTIONS = 16

/**
 * Compares /track with storage: with the least that Node can do, at few and at many connections; with the same server
 * without storage; with Mockoon, if asked. And the least that Fastify can do with the least that Node can.
 */
export async function measureTracks(plan: Tracking, withMockoon: boolean): Promise<void> {
  const { databaseUrl, events, settings } = plan
  const own = await side(plan, startServer(databaseUrl, true))
  const bare = await side(plan, startBareServer(), false)
  const few = settings.trackConnections
  const sent = `${events.length} requests a round, of one event each`
  const limit = { names: ['stored', 'bare node:http'], unit: 'requests/s' } as const
  await run(plan, own, bare, few, {
    ...limit,
    title: '/track singles against the least: node:http, the form, base64 and JSON decoded, no storage',
    conditions: `${sent}, on ${few} keep-alive connections`,
    target: 0.6,
  })
  await run(plan, own, bare, MANY_CONNECTIONS, {
    ...limit,
    title: 'the same with many connections',
    conditions: `${sent}, on ${MANY_CONNECTIONS} keep-alive connections`,
    target: 0.6,
  })
  const fastify = await side(plan, startFastifyServer(), false)
  await run(plan, fastify, bare, few, {
    title: 'the limit: the least in Fastify, without hooks, log and CORS, against the least in node:http',
    conditions: `${sent}, on ${few} keep-alive connections`,
    names: ['bare Fastify', 'bare node:http'],
    unit: 'requests/s',
    target: 0.6,
  })
  await Promise.all([bare.server.stop(), fastify.server.stop()])
  const idle = await side(plan, startServer(databaseUrl, false), false)
  await run(plan, own, idle, few, {
    title: '/track singles against the same server without storage',
    conditions: `${sent}, on ${few} keep-alive connections`,
    names: ['stored', 'without storage'],
    unit: 'requests/s',
    target: 0.65,
  })
  await idle.server.stop()
  if (withMockoon) await compareWithMockoon(plan, own)
  await own.server.stop()
}

async function compareWithMockoon(plan: Tracking, own: TrackSide): Promise<void> {
  const server = await startMockoon()
  if (server === undefined) return console.log('\nMockoon: npm cannot get @mockoon/cli; skipped')
  plan.servers.push(server)
  const mockoon = { server, stores: false }
  await run(plan, own, mockoon, plan.settings.trackConnections, {
    title: '/track singles against the CLI of Mockoon, which answers 1 and stores nothing',
    conditions: `${plan.events.length} requests a round, on ${plan.settings.trackConnections} connections`,
    names: ['stored', 'Mockoon'],
    unit: 'requests/s',
    target: 1,
  })
  await server.stop()
}

/** Compares a server of two workers with one of one process, both as `npm start` starts them. */
export async function measureWorkers(plan: Tracking): Promise<void> {
  const { databaseUrl, events, settings } = plan
  const two = await side(plan, startWorkers(databaseUrl, 2))
  const one = await side(plan, startWorkers(databaseUrl, 1))
  await run(plan, two, one, settings.trackConnections, {
    title: '/track singles: TWINPANEL_WORKERS=2 against 1',
    conditions: `${events.length} requests a round, on ${settings.trackConnections} keep-alive connections`,
    names: ['2 workers', '1 process'],
    unit: 'requests/s',
    target: 0.95,
  })
  await Promise.all([two.server.stop(), one.server.stop()])
}

/** A started server that knows the project of the token, which the first event creates. */
async function side(
  { events, token, servers }: Tracking,
  starting: Promise<BenchServer>,
  stores = true,
): Promise<TrackSide> {
  const server = await starting
  servers.push(server)
  const requests = events.slice(0, WARMING_CONNECTIONS).map((event) => trackRequest(token, event))
  await sendLoad({ port: server.port, requests, connections: WARMING_CONNECTIONS, expected: '1' })
  return { server, stores }
}

async function run(
  { table, token, events, settings }: Tracking,
  ours: TrackSide,
  baseline: TrackSide,
  connections: number,
  heading: Heading,
): Promise<void> {
  const { rounds } = settings
  const compared = await measureTrack({ ours, baseline, table, token, events, rounds, connections })
  printComparison(heading, compared)
  printCosts(heading, compared.costs)
}
