import { Client } from 'pg'
import { copyOut } from './copy.ts'
import { type BenchDatabase, setSecret } from './database.ts'
import { check, Client as Http } from './latency.ts'
import { ask } from './reads/ask.ts'
import { DAYS, fill } from './reads/fill.ts'
import { type Comparison, compare } from './rounds.ts'

export interface ExportPlan {
  readonly database: BenchDatabase
  readonly port: number
  readonly rounds: number
  readonly events: number
}

const TOKEN = 'export'

/** Compares the raw export with COPY TO STDOUT of the same events in the same order, in events per second. */
export async function measureExport({ database, port, rounds, events }: ExportPlan): Promise<Comparison> {
  const http = new Http()
  const client = new Client(database.url)
  await client.connect()
  try {
    check(await http.ask(port, 'POST', '/_twin/projects', { token: TOKEN }), 201)
    await setSecret(client, TOKEN)
    const common = { token: TOKEN, devices: 1, allLinked: false, names: 20, timeStepMs: 1 }
    await fill(database.url, { ...common, events, users: Math.ceil(events / 50) })
    const { rows } = await client.query<{ id: number }>(FIND_PROJECT, [TOKEN])
    const range = `from_date=${dayBefore(DAYS)}&to_date=${dayBefore(0)}`
    const question = { name: 'export', token: TOKEN, path: `/api/2.0/export?${range}` }
    const exportThem = async (): Promise<number> => {
      const { status, ms, lines } = await ask(port, question, TOKEN)
      if (status !== 200 || lines !== events)
        throw new Error(`expected 200 and ${events} lines, got ${status}, ${lines}`)
      return (events / ms) * 1_000
    }
    const copyThem = async (): Promise<number> => {
      const startedAt = performance.now()
      await copyOut(client, `(${selectOf(rows[0]?.id ?? 0)})`)
      return (events / (performance.now() - startedAt)) * 1_000
    }
    return await compare(rounds, exportThem, copyThem)
  } finally {
    http.close()
    await client.end()
  }
}

const FIND_PROJECT = 'select id from project where token = $1'

const selectOf = (projectId: number) => `
  select event, distinct_id, time_ms, insert_id, properties from event
  where project_id = ${projectId} order by time_ms, seq`

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}
