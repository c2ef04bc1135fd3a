import type { EventTable } from './database.ts'
import { type SentEvent, trackRequest } from './events.ts'
import { sendLoad } from './load.ts'
import { type Comparison, compare, median } from './rounds.ts'
import type { BenchServer } from './start-server.ts'

/** A server that answers /track, and whether it stores. */
export interface TrackSide {
  readonly server: BenchServer
  readonly stores: boolean
}

export interface TrackPlan {
  readonly ours: TrackSide
  readonly baseline: TrackSide
  readonly token: string
  readonly table: EventTable
  readonly events: readonly SentEvent[]
  readonly rounds: number
  readonly connections: number
}

/** Medians over the rounds. */
interface TrackCosts {
  /** The 99th percentile of the time that a request takes, in ms. */
  readonly p99Ms: number
  /** The processor time for a request, in µs, of the server and of Postgres; NaN where it is not known. */
  readonly cpuUs: number
  readonly postgresUs: number
}

/** A comparison in requests per second, and what a request cost. */
export interface TrackComparison extends Comparison {
  readonly costs: { readonly ours: TrackCosts; readonly baseline: TrackCosts }
}

/** Compares /track with one event per request on two servers. */
export async function measureTrack(plan: TrackPlan): Promise<TrackComparison> {
  const { token, table, events, connections } = plan
  const requests = events.map((event) => trackRequest(token, event))
  const send = async ({ server, stores }: TrackSide, costs: TrackCosts[]): Promise<number> => {
    await table.clear()
    const latencies: number[] = []
    const before = [await server.cpuUs(), await table.processorMs()] as const
    const ms = await sendLoad({ port: server.port, requests, connections, expected: '1', latencies })
    const cpuUs = ((await server.cpuUs()) ?? Number.NaN) - (before[0] ?? Number.NaN)
    const postgresUs = ((await table.processorMs()) - before[1]) * 1_000
    await table.check(stores ? requests.length : 0)
    const p99Ms = latencies.sort((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN
    costs.push({ p99Ms, cpuUs: cpuUs / requests.length, postgresUs: postgresUs / requests.length })
    return (requests.length / ms) * 1_000
  }
  const [ours, baseline]: [TrackCosts[], TrackCosts[]] = [[], []]
  const compared = await compare(
    plan.rounds,
    () => send(plan.ours, ours),
    () => send(plan.baseline, baseline),
  )
  return { ...compared, costs: { ours: middle(ours), baseline: middle(baseline) } }
}

/** The first round warms up. */
function middle(costs: readonly TrackCosts[]): TrackCosts {
  const of = (name: keyof TrackCosts) => median(costs.slice(1).map((cost) => cost[name]))
  return { p99Ms: of('p99Ms'), cpuUs: of('cpuUs'), postgresUs: of('postgresUs') }
}
