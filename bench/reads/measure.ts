import { Client, DatabaseError } from 'pg'
import { setSecret } from '../database.ts'
import { check, Client as Http } from '../latency.ts'
import { processorMs } from '../processor-time.ts'
import { median } from '../rounds.ts'
import type { BenchServer } from '../start-server.ts'
import { type Asked, ask } from './ask.ts'
import { DAYS, type Filling, fill } from './fill.ts'
import { BASE, DEVICES, MILLION, type Question, questionsOf, SECONDS, SIXTY } from './questions.ts'

export interface ReadsPlan {
  readonly server: Pick<BenchServer, 'port' | 'peakMegabytes'>
  readonly databaseUrl: string
  readonly rounds: number
  readonly events: number
}

const USER_EVENTS = 50

/** In: the events of the largest project. */
function fillingsOf(events: number): readonly Filling[] {
  const common = { devices: 1, allLinked: true, names: 1, timeStepMs: 1, users: 1 }
  return [
    { ...common, token: BASE, events, users: events / USER_EVENTS, allLinked: false, names: 20 },
    { ...common, token: DEVICES, events: 20_000, devices: 2_000 },
    { ...common, token: SECONDS, events: 50_000, timeStepMs: (DAYS * 86_400_000) / 50 },
    { ...common, token: SIXTY, events: 72_000, users: 60, devices: 600 },
    { ...common, token: MILLION, events: Math.min(events, 1_000_000), names: 20 },
  ]
}

/**
 * Fills projects, and prints how long the answers to questions take, with the processor time of Postgres, which depends
 * less on what else the machine does. Throws if an answer is not the expected one.
 */
export async function measureReads({ server, databaseUrl, rounds, events }: ReadsPlan): Promise<void> {
  const { port } = server
  const http = new Http()
  const postgres = new Client({ connectionString: databaseUrl, statement_timeout: SQL_LIMIT_S * 1_000 })
  await postgres.connect()
  try {
    for (const filling of fillingsOf(events)) {
      check(await http.ask(port, 'POST', '/_twin/projects', { token: filling.token }), 201)
      await setSecret(postgres, filling.token)
      await fill(databaseUrl, filling)
    }
    console.log(`\nreads, of ${events.toLocaleString('en')} events`)
    console.log(
      `  medians of ${rounds} answers after the first, which is apart; targets are those of 10,000,000 events`,
    )
    for (const question of questionsOf(dayBefore(DAYS), dayBefore(0))) {
      await measureQuestion(question, { port, rounds, postgres })
    }
    const peak = await server.peakMegabytes()
    if (peak !== undefined) console.log(`  memory of the server: at most ${Math.round(peak)} MB`)
  } finally {
    http.close()
    await postgres.end()
  }
}

interface Measured {
  readonly port: number
  readonly rounds: number
  readonly postgres: Client
}

async function measureQuestion(question: Question, { port, rounds, postgres }: Measured): Promise<void> {
  const all: (Asked & { readonly processor: number })[] = []
  for (let round = 0; round <= rounds; round++) {
    const before = await processorMs(postgres)
    const asked = await ask(port, question, question.token)
    if (asked.status !== (question.status ?? 200)) throw new Error(`${question.name}: got ${asked.status}`)
    all.push({ ...asked, processor: (await processorMs(postgres)) - before })
  }
  const [first, ...answers] = all
  const ms = median(answers.map((answer) => answer.ms))
  const processor = median(answers.map((answer) => answer.processor))
  const { name, targetMs, sql } = question
  const asked = sql === undefined ? '' : `; by SQL ${await timeSql(postgres, sql, question.token)}`
  const verdict =
    targetMs === undefined ? '' : `; target ${targetMs} ms: ${ms <= targetMs ? 'met' : 'MISSED'}`
  const figures = `${ms.toFixed(0).padStart(6)} ms, processor ${processor.toFixed(0)} ms`
  const atFirst = first && `; first ${first.ms.toFixed(0)} ms, processor ${first.processor.toFixed(0)} ms`
  console.log(`  ${name.padEnd(46)} ${figures}${atFirst}${asked}${verdict}`)
}

/** How long a statement takes on the same tables, the second time that it runs. */
async function timeSql(postgres: Client, text: string, token: string): Promise<string> {
  const toMs = Date.now()
  const values = [
    (await postgres.query<{ id: number }>(FIND_PROJECT, [token])).rows[0]?.id,
    toMs - (DAYS + 1) * 86_400_000,
    toMs,
  ]
  try {
    await postgres.query(text, values)
    const startedAt = performance.now()
    await postgres.query(text, values)
    return `${(performance.now() - startedAt).toFixed(0)} ms`
  } catch (error) {
    // 57014: the statement timeout.
    if (!(error instanceof DatabaseError) || error.code !== '57014') throw error
    return `more than ${SQL_LIMIT_S} s`
  }
}

const FIND_PROJECT = 'select id from project where token = $1'
const SQL_LIMIT_S = 60

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}
