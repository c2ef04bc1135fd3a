import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { FAULTS } from './faults.ts'
import { seededRandom } from './random.ts'
import { makeProjects } from './read-back.ts'
import { SHORT } from './run-fault.ts'
import { endOnSignals, openStand, type Stand } from './stand.ts'
import { Traffic } from './traffic.ts'

/*
 * npm run soak: traffic for minutes, with faults now and then, and whether the server stays as it is: memory, handles,
 * connections, and the disk that an event takes. Linux only.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    /** Requests per second. */
    rate: { type: 'string', default: '900' },
    seed: { type: 'string', default: '1' },
    /** Without faults. */
    quiet: { type: 'boolean', default: false },
  },
})

const SAMPLE_MS = 10_000
const FAULT_EVERY_MS = 60_000
const CLIENTS = 24
/** The faults that a server with its own Postgres survives in the same process. */
const SPRINKLED = [
  'backend-killed',
  'postgres-restarted',
  'backends-terminated',
  'events-locked',
  'postgres-frozen',
]
/** What counts as flat over the second half of the run, per minute. */
const SLOPES = { liveMb: 2, descriptors: 1, connections: 1, bytesPerEvent: 25 }
/**
 * How much more memory may be resident at most in the second half than in the first. It goes up and down with the heap,
 * which V8 lets grow to several times of what is alive before it collects.
 */
const MORE_RESIDENT = 0.4

interface Sample {
  readonly minutes: number
  readonly rssMb: number
  /** What was left of the heap by the last full collection. */
  readonly liveMb: number
  readonly descriptors: number
  readonly connections: number
  readonly bytesPerEvent: number
}

endOnSignals()
const stand = await openStand({ nodeFlags: ['--trace-gc'] })
const [server] = stand.servers
if (server === undefined) throw new Error('there is no server')
const projects = await makeProjects(server.url)
const traffic = new Traffic({
  seed: Number(values.seed),
  clients: CLIENTS,
  ratePerS: Number(values.rate),
  pauseMs: 0,
  projects,
  urls: [server.url],
  forgets: true,
})
const beganMs = performance.now()
const minutes = () => (performance.now() - beganMs) / 60_000
const samples: Sample[] = []
const pidAtStart = server.pid
let isOver = false
const faults = values.quiet ? Promise.resolve() : sprinkleFaults(stand)
process.stdout.write(
  '| minutes | requests | resident MB | live heap MB | descriptors | connections | bytes per event |\n',
)
process.stdout.write('| --- | --- | --- | --- | --- | --- | --- |\n')
while (minutes() < Number(values.minutes)) {
  await delay(SAMPLE_MS)
  const sample = await takeSample(stand).catch(() => undefined)
  if (sample === undefined) continue
  samples.push(sample)
  const { rssMb, liveMb, descriptors, connections, bytesPerEvent } = sample
  const cells = [
    minutes().toFixed(1),
    traffic.requests,
    rssMb,
    liveMb,
    descriptors,
    connections,
    bytesPerEvent,
  ]
  process.stdout.write(
    `| ${cells.map((cell) => (typeof cell === 'number' ? Math.round(cell) : cell)).join(' | ')} |\n`,
  )
}
isOver = true
await faults
await traffic.stop()
const seconds = (performance.now() - beganMs) / 1_000
process.stdout.write(
  `\n${Math.round(traffic.requests / seconds)} requests/s; ${JSON.stringify(Object.fromEntries(traffic.answers))}\n`,
)
const failures = [...new Set(traffic.wrong), ...findGrowth(samples)]
if (server.pid !== pidAtStart) failures.push(`the server has ended:\n${server.log}`)
await stand.close()
for (const failure of failures) process.stderr.write(`${failure}\n`)
process.exit(failures.length === 0 ? 0 : 1)

/** What was not flat. */
function findGrowth(all: readonly Sample[]): string[] {
  const middle = Math.floor(all.length / 2)
  const [first, second] = [all.slice(0, middle), all.slice(middle)]
  const grown = (Object.keys(SLOPES) as (keyof typeof SLOPES)[]).flatMap((name) => {
    const slope = slopeOf(second.map((sample) => [sample.minutes, sample[name]]))
    const shown = `${name}: ${slope.toFixed(2)} a minute over the second half, and at most ${SLOPES[name]}`
    process.stdout.write(`${shown}\n`)
    return slope <= SLOPES[name] ? [] : [shown]
  })
  const [before, after] = [first, second].map((half) => Math.max(...half.map(({ rssMb }) => rssMb)))
  const shown = `resident at most: ${before?.toFixed(0)} MB in the first half, ${after?.toFixed(0)} MB in the second`
  process.stdout.write(`${shown}\n`)
  return (after ?? 0) <= (before ?? 0) * (1 + MORE_RESIDENT) ? grown : [...grown, shown]
}

/** Of the line that fits best. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1) => points.reduce((sum, point) => sum + point[at], 0) / points.length
  const [meanX, meanY] = [mean(0), mean(1)]
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  return under === 0 ? 0 : over / under
}

async function takeSample({ postgres }: Stand): Promise<Sample> {
  const client = await postgres.connect()
  try {
    const { rows } = await client.query<{ connections: number; bytes: string; events: string }>(`
      select (select count(*)::integer from pg_stat_activity where application_name = 'twinpanel') as connections,
        pg_database_size(current_database()) as bytes, (select count(*) from event) as events`)
    const [row] = rows
    const pid = server?.pid ?? -1
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const live = [...(server?.output ?? '').matchAll(/Mark-Compact.*? -> ([\d.]+) /g)].at(-1)?.[1]
    return {
      minutes: minutes(),
      rssMb: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) / 1_024,
      liveMb: Number(live ?? 0),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      connections: row?.connections ?? 0,
      bytesPerEvent: Number(row?.bytes) / Math.max(1, Number(row?.events)),
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function sprinkleFaults(to: Stand): Promise<void> {
  const random = seededRandom(Number(values.seed))
  for (let number = 1; ; number++) {
    while (performance.now() - beganMs < number * FAULT_EVERY_MS) {
      if (isOver) return
      await delay(200)
    }
    const name = SPRINKLED[number % SPRINKLED.length]
    await FAULTS.find((fault) => fault.name === name)?.inflict(to, { ...SHORT, random })
  }
}
