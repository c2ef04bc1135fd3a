import { setTimeout as delay } from 'node:timers/promises'
import type { Durations, Fault } from './fault.ts'
import { seededRandom } from './random.ts'
import { compare, makeProjects } from './read-back.ts'
import { openStand, type Stand } from './stand.ts'
import { Traffic } from './traffic.ts'

/** How rounds are run. */
export interface Form extends Durations {
  readonly clients: number
  readonly pauseMs: number
  /** How long there is traffic before and after a fault. */
  readonly beforeMs: number
  readonly afterMs: number
}

/** For CI: seconds. */
export const SHORT: Form = {
  clients: 12,
  pauseMs: 10,
  beforeMs: 700,
  afterMs: 300,
  stoppedMs: 1_500,
  frozenMs: 1_500,
  lockedMs: 1_500,
  othersMs: 1_500,
}

/** For the figures of docs/reliability.md. */
export const LONG: Form = {
  clients: 12,
  pauseMs: 4,
  beforeMs: 3_000,
  afterMs: 2_000,
  stoppedMs: 30_000,
  frozenMs: 15_000,
  lockedMs: 20_000,
  othersMs: 10_000,
}

/** What a round has shown. */
export interface Round {
  readonly fault: Fault
  readonly seed: number
  readonly durationMs: number
  readonly requests: number
  /** Requests per second before the fault. */
  readonly load: number
  readonly acknowledged: number
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  /** Everything else that is not as it must be. */
  readonly wrong: readonly string[]
  /** How many requests were answered in which way. */
  readonly answers: ReadonlyMap<string, number>
  /** From the end of the fault to the first acknowledgement of a request that was sent then, in ms. */
  readonly backAfterMs: number | undefined
}

/** After this the server has not recovered. */
const BACK_LIMIT_MS = 90_000

/** Runs traffic through a fault, and compares what was acknowledged with what is there. Out: why it was skipped. */
export async function runFault(
  fault: Fault,
  seed: number,
  form: Form,
): Promise<Round | { readonly skipped: string }> {
  const prepared = await fault.prepare?.()
  if (prepared !== undefined && 'skipped' in prepared) return prepared
  try {
    const stand = await openStand(prepared?.stand ?? fault.stand)
    try {
      return await runOn(stand, { fault, seed, form })
    } finally {
      await stand.close()
    }
  } finally {
    await prepared?.remove()
  }
}

async function runOn(
  stand: Stand,
  { fault, seed, form }: { readonly fault: Fault; readonly seed: number; readonly form: Form },
): Promise<Round> {
  const urls = stand.servers.map(({ url }) => url)
  const [url = ''] = urls
  const projects = await makeProjects(url)
  const { clients, pauseMs } = form
  const random = seededRandom(seed)
  const beganMs = performance.now()
  const traffic = new Traffic({ seed, clients, pauseMs, projects, urls })
  await traffic.untilAcknowledged(3 * clients)
  await delay(form.beforeMs * (0.5 + random()))
  const load = traffic.requests / ((performance.now() - beganMs) / 1_000)
  const inflictedMs = performance.now()
  await fault.inflict(stand, { ...form, random })
  // A kill is over at once; what follows is recovery.
  const overMs = fault.isInstant === true ? inflictedMs : performance.now()
  const backMs = await traffic.answeredAfter(overMs, BACK_LIMIT_MS)
  await delay(form.afterMs)
  await traffic.stop()
  const durationMs = performance.now() - beganMs
  for (const server of stand.servers) await server.untilReady()
  const compared = await compare(url, projects, traffic.sent)
  return {
    ...compared,
    fault,
    seed,
    durationMs,
    load,
    requests: traffic.requests,
    wrong: [
      ...compared.wrong,
      ...traffic.wrong,
      ...(backMs === undefined ? [`no answer in ${BACK_LIMIT_MS} ms\n${stand.servers[0]?.log}`] : []),
    ],
    answers: traffic.answers,
    backAfterMs: backMs === undefined ? undefined : backMs - overMs,
  }
}
