import type { EventTable } from './database.ts'
import { type SentEvent, trackRequest } from './events.ts'
import { sendLoad } from './load.ts'
import { type Comparison, compare } from './rounds.ts'

export interface TrackPlan {
  readonly port: number
  /** The port of the same server without storage. */
  readonly portWithoutStorage: number
  readonly token: string
  readonly table: EventTable
  readonly events: readonly SentEvent[]
  readonly rounds: number
  readonly connections: number
}

/** Compares /track with one event per request, with storage and without, in requests per second. */
export async function measureTrack(plan: TrackPlan): Promise<Comparison> {
  const { token, table, events, connections } = plan
  const requests = events.map((event) => trackRequest(token, event))
  const send = async (port: number, stored: number): Promise<number> => {
    await table.clear()
    const ms = await sendLoad({ port, requests, connections, expected: '1' })
    await table.check(stored)
    return (requests.length / ms) * 1_000
  }
  return await compare(
    plan.rounds,
    () => send(plan.port, requests.length),
    () => send(plan.portWithoutStorage, 0),
  )
}
