import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { FAULTS } from './faults.ts'
import { seededRandom } from './random.ts'
import { makeProjects } from './read-back.ts'
import { SHORT } from './run-fault.ts'
import { openStand, type Stand } from './stand.ts'
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
    /** Of V8, such as --trace-gc, whose output is printed at the end. */
    flags: { type: 'string', default: '' },
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
const BOUNDS = { rssMb: 3, heapMb: 2, descriptors: 1, connections: 1, bytesPerEvent: 25 }

interface Sample {
  readonly minutes: number
  readonly rssMb: number
  /** Least heap of the last samples: what is left after a collection. */
  readonly heapMb: number
  readonly descriptors: number
  readonly connections: number
  readonly bytesPerEvent: number
}

const stand = await openStand({ nodeFlags: values.flags.split(' ').filter(Boolean) })
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
  '| minutes | requests | resident MB | heap MB | descriptors | connections | bytes per event |\n',
)
process.stdout.write('| --- | --- | --- | --- | --- | --- | --- |\n')
while (minutes() < Number(values.minutes)) {
  await delay(SAMPLE_MS)
  const sample = await takeSample(stand).catch(() => undefined)
  if (sample === undefined) continue
  samples.push(sample)
  const { rssMb, heapMb, descriptors, connections, bytesPerEvent } = sample
  const cells = [
    minutes().toFixed(1),
    traffic.requests,
    rssMb,
    heapMb,
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
const failures = [...new Set(traffic.wrong), ...steepNames(samples)]
if (server.pid !== pidAtStart) failures.push(`the server has ended:\n${server.log}`)
for (const line of server.output
  .split('\n')
  .filter((one) => one.includes('Mark-Compact'))
  .slice(-20)) {
  process.stdout.write(`${line}\n`)
}
await stand.close()
for (const failure of failures) process.stderr.write(`${failure}\n`)
process.exit(failures.length === 0 ? 0 : 1)

/** The figures whose slope over the second half is over its bound. */
function steepNames(all: readonly Sample[]): string[] {
  const half = all.slice(Math.floor(all.length / 2))
  return (Object.keys(BOUNDS) as (keyof typeof BOUNDS)[]).flatMap((name) => {
    const slope = slopeOf(half.map((sample) => [sample.minutes, sample[name]]))
    process.stdout.write(`${name}: ${slope.toFixed(2)} a minute over the second half\n`)
    return slope <= BOUNDS[name]
      ? []
      : [`${name} grows by ${slope.toFixed(2)} a minute, and may by ${BOUNDS[name]}`]
  })
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
    const exposition = await (await fetch(`${server?.url}/metrics`)).text()
    const heap = /^nodejs_heap_size_used_bytes (\S+)/m.exec(exposition)?.[1]
    return {
      minutes: minutes(),
      rssMb: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) / 1_024,
      heapMb: Number(heap) / 1_048_576,
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
