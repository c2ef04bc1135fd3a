import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { check, Client as Http } from '../latency.ts'
import { median } from '../rounds.ts'
import { type Asked, ask } from './ask.ts'
import { DAYS, type Filling, fill } from './fill.ts'
import { processorMs } from './processor-time.ts'
import { BASE, DEVICES, MILLION, type Question, questionsOf, SECONDS, SIXTY } from './questions.ts'

export interface ReadsPlan {
  readonly port: number
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
export async function measureReads({ port, databaseUrl, rounds, events }: ReadsPlan): Promise<void> {
  const http = new Http()
  const postgres = new Client(databaseUrl)
  await postgres.connect()
  try {
    for (const filling of fillingsOf(events)) {
      check(await http.ask(port, 'POST', '/_twin/projects', { token: filling.token }), 201)
      const secretHash = createHash('sha256').update(filling.token).digest()
      await postgres.query(SET_SECRET, [filling.token, secretHash])
      await fill(databaseUrl, filling)
    }
    console.log(`\nreads, of ${events.toLocaleString('en')} events`)
    console.log(
      `  medians of ${rounds} answers after one that does not count; targets are those of 10,000,000 events`,
    )
    for (const question of questionsOf(dayBefore(DAYS), dayBefore(0))) {
      await measureQuestion(question, { port, rounds, postgres })
    }
  } finally {
    http.close()
    await postgres.end()
  }
}

/** The secret of each project is its token. */
const SET_SECRET = 'update project set secret_hash = $2 where token = $1'

interface Measured {
  readonly port: number
  readonly rounds: number
  readonly postgres: Client
}

async function measureQuestion(question: Question, { port, rounds, postgres }: Measured): Promise<void> {
  const answers: (Asked & { readonly processor: number })[] = []
  for (let round = 0; round <= rounds; round++) {
    const before = await processorMs(postgres)
    const asked = await ask(port, question, question.token)
    if (asked.status !== (question.status ?? 200)) throw new Error(`${question.name}: got ${asked.status}`)
    if (round > 0) answers.push({ ...asked, processor: (await processorMs(postgres)) - before })
  }
  const ms = median(answers.map((answer) => answer.ms))
  const processor = median(answers.map((answer) => answer.processor))
  const { name, targetMs } = question
  const verdict =
    targetMs === undefined ? '' : `; target ${targetMs} ms: ${ms <= targetMs ? 'met' : 'MISSED'}`
  console.log(
    `  ${name.padEnd(46)} ${ms.toFixed(0).padStart(6)} ms, processor ${processor.toFixed(0)} ms${verdict}`,
  )
}

function dayBefore(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}
