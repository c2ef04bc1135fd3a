import { setTimeout as sleep } from 'node:timers/promises'
import { Client, check, type Latency } from './latency.ts'

/** What waiting is measured with: a server, and another on the same database. */
export interface WaitPlan {
  readonly port: number
  readonly otherPort: number
  readonly waits: number
}

const TOKEN = 'bench-wait'
/** Waits are under way for this long before the event comes, in ms: from the least, in steps that hit no rhythm. */
const LEAD_MS = 15
const LEAD_STEP_MS = 7
const LEAD_STEPS = 6

/**
 * How long after the answer to `/track` a wait that is under way is answered: on the server that took the event, and on
 * another that knows of it by the database only. Last, how long that `/track` took.
 */
export async function measureWait({ port, otherPort, waits }: WaitPlan): Promise<readonly Latency[]> {
  const client = new Client()
  const [same, other, track]: number[][] = [[], [], []]
  try {
    check(await client.ask(port, 'POST', '/_twin/projects', { token: TOKEN }), 201)
    for (const [waitsAt, ms] of [
      [port, same],
      [otherPort, other],
    ] as const) {
      for (let n = 0; n <= waits; n++) {
        const took = await waitOnce(client, port, waitsAt, `E-${waitsAt}-${n}`, n)
        // The first one warms up.
        if (n === 0) continue
        ms?.push(took.waitMs)
        track?.push(took.trackMs)
      }
    }
  } finally {
    client.close()
  }
  return [
    { name: 'answer of wait after that of track', ms: same ?? [], targetMs: 50 },
    { name: 'the same, on another server', ms: other ?? [], targetMs: 50 },
    { name: 'track', ms: track ?? [] },
  ]
}

async function waitOnce(client: Client, port: number, waitsAt: number, event: string, turn: number) {
  const path = `/_twin/projects/${TOKEN}/wait?event=${event}&timeout_ms=10000`
  const waiting = client.ask(waitsAt, 'GET', path).then((answer) => ({ answer, at: performance.now() }))
  await sleep(LEAD_MS + (turn % LEAD_STEPS) * LEAD_STEP_MS)
  const startedAt = performance.now()
  check(
    await client.ask(port, 'POST', '/track', [{ event, properties: { token: TOKEN, distinct_id: 'u' } }]),
    200,
  )
  const trackedAt = performance.now()
  const { answer, at } = await waiting
  check(answer, 200)
  return { waitMs: Math.max(0, at - trackedAt), trackMs: trackedAt - startedAt }
}
