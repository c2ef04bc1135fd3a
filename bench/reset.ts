import { setTimeout as sleep } from 'node:timers/promises'
import { Client as Postgres } from 'pg'
import { Client, check, type Latency, timed } from './latency.ts'

export interface ResetPlan {
  readonly port: number
  readonly databaseUrl: string
  readonly rounds: number
  readonly manyEvents: number
}

const FEW_EVENTS = 10
const [MANY, FEW] = ['bench-reset-many', 'bench-reset-few']
const RESETS_A_ROUND = 5

/**
 * How long the answer to a reset takes: of many events, of few while those many are being deleted in the background,
 * and of few alone; and of a request that only reads a project. Throws if events can still be read after a reset.
 */
export async function measureReset(plan: ResetPlan): Promise<readonly Latency[]> {
  const { port, databaseUrl, rounds, manyEvents } = plan
  const client = new Client()
  const postgres = new Postgres(databaseUrl)
  await postgres.connect()
  const [many, busy, few, idle]: number[][] = [[], [], [], []]
  const reset = async (token: string, events: number, ms: number[]): Promise<void> => {
    await postgres.query(ADD_EVENTS, [token, events])
    ms.push(
      await timed(async () => check(await client.ask(port, 'POST', `/_twin/projects/${token}/reset`), 204)),
    )
    const left = await client.ask(port, 'GET', `/_twin/projects/${token}/events?limit=1`)
    if (left.body !== '{"events":[],"next":null}') throw new Error(`a reset left this: ${left.body}`)
  }
  try {
    for (const token of [MANY, FEW]) check(await client.ask(port, 'POST', '/_twin/projects', { token }), 201)
    // The first round warms up and does not count.
    for (let round = 0; round <= rounds; round++) {
      const into = (ms: number[] | undefined) => (round === 0 || ms === undefined ? [] : ms)
      await reset(MANY, manyEvents, into(many))
      for (let n = 0; n < RESETS_A_ROUND; n++) await reset(FEW, FEW_EVENTS, into(busy))
      await untilPurged(postgres)
      for (let n = 0; n < RESETS_A_ROUND; n++) {
        await reset(FEW, FEW_EVENTS, into(few))
        await untilPurged(postgres)
        into(idle).push(await timed(() => client.ask(port, 'GET', `/_twin/projects/${FEW}`)))
      }
    }
  } finally {
    client.close()
    await postgres.end()
  }
  const events = manyEvents.toLocaleString('en')
  return [
    { name: `reset of ${events} events`, ms: many ?? [], targetMs: 100 },
    { name: `reset of ${FEW_EVENTS}, while ${events} are deleted`, ms: busy ?? [] },
    { name: `reset of ${FEW_EVENTS} events`, ms: few ?? [], targetMs: 10 },
    { name: 'read a project', ms: idle ?? [] },
  ]
}

async function untilPurged(postgres: Postgres): Promise<void> {
  for (;;) {
    const { rows } = await postgres.query(
      'select 1 from event e where not exists (select from project p where p.id = e.project_id) limit 1',
    )
    if (rows.length === 0) return
    await sleep(20)
  }
}

const ADD_EVENTS = `
  insert into event (project_id, distinct_id, time_ms, received_at_ms, event, insert_id, size_bytes,
                     is_imported, properties)
  select p.id, 'user-' || n % 1000, 1700000000000 + n, 1700000000000 + n, 'E', 'i-' || n, 100, true, '{"n": 1}'
  from project p, generate_series(1, $2::integer) as n
  where p.token = $1`
