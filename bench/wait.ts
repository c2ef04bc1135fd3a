import { setTimeout as sleep } from 'node:timers/promises'
import { Client, check, type Latency } from './latency.ts'

/** Two servers on the same database. */
export interface WaitPlan {
  readonly port: number
  readonly otherPort: number
  readonly waits: number
}

const TOKEN = 'bench-wait'
/** Waits of this duration in another project, for an event that never comes, while others are measured. */
const OTHERS = 100
const OTHERS_TOKEN = 'bench-wait-others'
const OTHERS_MS = 60_000
/**
 * How long a wait is in progress before its event is sent, in ms: at least this, in varying steps to avoid any rhythm.
 */
const LEAD_MS = 15
const LEAD_STEP_MS = 7
const LEAD_STEPS = 6

/**
 * How long after the answer to `/track` a wait in progress is answered: on the server that received the event, on
 * another that learns of it from the database only, and on both while a hundred others wait. Last, how long that
 * `/track` took.
 */
export async function measureWait({ port, otherPort, waits }: WaitPlan): Promise<readonly Latency[]> {
  const client = new Client()
  const others = new Client(OTHERS)
  const track: number[] = []
  const measure = async (waitsAt: number, name: string): Promise<Latency> => {
    const ms: number[] = []
    for (let n = 0; n <= waits; n++) {
      const took = await waitOnce(client, port, waitsAt, `${name} ${n}`, n)
      // The first one warms up.
      if (n === 0) continue
      ms.push(took.waitMs)
      track.push(took.trackMs)
    }
    return { name, ms, targetMs: 50 }
  }
  try {
    for (const token of [TOKEN, OTHERS_TOKEN])
      check(await client.ask(port, 'POST', '/_twin/projects', { token }), 201)
    const rows = [
      await measure(port, 'answer of wait after that of track'),
      await measure(otherPort, 'the same, on another server'),
    ]
    const path = `/_twin/projects/${OTHERS_TOKEN}/wait?event=never&timeout_ms=${OTHERS_MS}`
    // They end when their connections are closed.
    for (let n = 0; n < OTHERS; n++)
      for (const at of [port, otherPort]) others.ask(at, 'GET', path).catch(() => undefined)
    rows.push(await measure(port, `the first, while ${OTHERS} others wait`))
    rows.push(await measure(otherPort, `the second, while ${OTHERS} others wait`))
    return [...rows, { name: 'track', ms: track }]
  } finally {
    client.close()
    others.close()
  }
}

async function waitOnce(client: Client, port: number, waitsAt: number, event: string, n: number) {
  const path = `/_twin/projects/${TOKEN}/wait?event=${encodeURIComponent(event)}&timeout_ms=10000`
  const waiting = client.ask(waitsAt, 'GET', path).then((answer) => ({ answer, at: performance.now() }))
  await sleep(LEAD_MS + (n % LEAD_STEPS) * LEAD_STEP_MS)
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
