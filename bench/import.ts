import type { CopyMessages } from './copy.ts'
import type { EventTable } from './database.ts'
import { importRequest, type SentEvent } from './events.ts'
import { sendLoad } from './load.ts'
import { type Comparison, compare, median } from './rounds.ts'
import type { BenchServer } from './start-server.ts'

export interface ImportPlan {
  readonly server: BenchServer
  readonly token: string
  readonly table: EventTable
  readonly events: readonly SentEvent[]
  readonly rounds: number
  readonly connections: number
}

/** Events in one request: the most that Mixpanel accepts. */
export const BATCH_SIZE = 2_000
/** The answer to one. */
export const IMPORTED = `{"code":200,"num_records_imported":${BATCH_SIZE},"status":"OK"}`

/** Medians over the rounds of the processor time for an event, in µs; NaN where it is not known. */
export interface ImportCosts {
  readonly server: number
  readonly postgres: number
  readonly copy: number
}

/**
 * Compares strict gzip import through the server with COPY of the rows that it stored, into the same table, in events
 * per second. Bodies are compressed and rows formatted before the clock starts.
 */
export async function measureImport(plan: ImportPlan): Promise<Comparison & { readonly costs: ImportCosts }> {
  const { server, token, table, events, connections } = plan
  const requests = batchesOf(events).map((batch) => importRequest(token, batch))
  const load = { port: server.port, requests, connections, expected: IMPORTED }
  const used: Record<keyof ImportCosts, number[]> = { server: [], postgres: [], copy: [] }
  const perEvent = (us: number) => us / events.length
  let rows: CopyMessages | undefined

  const importThem = async (): Promise<number> => {
    await table.clear()
    const before = [(await server.cpuUs()) ?? Number.NaN, await table.processorMs()] as const
    const ms = await sendLoad(load)
    used.server.push(perEvent(((await server.cpuUs()) ?? Number.NaN) - before[0]))
    used.postgres.push(perEvent(((await table.processorMs()) - before[1]) * 1_000))
    await table.check(events.length)
    rows ??= await table.readAll()
    return (events.length / ms) * 1_000
  }
  const copyThem = async (): Promise<number> => {
    await table.clear()
    const before = await table.processorMs()
    const startedAt = performance.now()
    await table.copy(rows ?? [])
    const ms = performance.now() - startedAt
    used.copy.push(perEvent(((await table.processorMs()) - before) * 1_000))
    await table.check(events.length)
    return (events.length / ms) * 1_000
  }
  const compared = await compare(plan.rounds, importThem, copyThem)
  // The first round warms up.
  const middle = (values: readonly number[]) => median(values.slice(1))
  const costs = { server: middle(used.server), postgres: middle(used.postgres), copy: middle(used.copy) }
  return { ...compared, costs }
}

function batchesOf(events: readonly SentEvent[]): SentEvent[][] {
  const batches = Math.floor(events.length / BATCH_SIZE)
  return Array.from({ length: batches }, (_, at) => events.slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE))
}
