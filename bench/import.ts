import type { CopyMessages } from './copy.ts'
import type { EventTable } from './database.ts'
import { importRequest, type SentEvent } from './events.ts'
import { sendLoad } from './load.ts'
import { type Comparison, compare } from './rounds.ts'

export interface ImportPlan {
  readonly port: number
  readonly token: string
  readonly table: EventTable
  readonly events: readonly SentEvent[]
  readonly rounds: number
  readonly connections: number
}

/** Events in one request: the most that Mixpanel accepts. */
export const BATCH_SIZE = 2_000

/**
 * Compares strict gzip import through the server with COPY of the rows that it stored, into the same table, in events
 * per second. Bodies are compressed and rows formatted before the clock starts.
 */
export async function measureImport(plan: ImportPlan): Promise<Comparison> {
  const { port, token, table, events, connections } = plan
  const requests = batchesOf(events).map((batch) => importRequest(token, batch))
  const expected = `{"code":200,"num_records_imported":${BATCH_SIZE},"status":"OK"}`
  let rows: CopyMessages | undefined

  const importThem = async (): Promise<number> => {
    await table.clear()
    const ms = await sendLoad({ port, requests, connections, expected })
    await table.check(events.length)
    rows ??= await table.readAll()
    return (events.length / ms) * 1_000
  }
  const copyThem = async (): Promise<number> => {
    await table.clear()
    const startedAt = performance.now()
    await table.copy(rows ?? [])
    const ms = performance.now() - startedAt
    await table.check(events.length)
    return (events.length / ms) * 1_000
  }
  return await compare(plan.rounds, importThem, copyThem)
}

function batchesOf(events: readonly SentEvent[]): SentEvent[][] {
  const batches = Math.floor(events.length / BATCH_SIZE)
  return Array.from({ length: batches }, (_, at) => events.slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE))
}
