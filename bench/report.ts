import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os'
import type { CitusComparison, Shape } from './citus.ts'
import type { GrowthComparison } from './growth.ts'
import type { ImportCosts } from './import.ts'
import { type Comparison, median, ratios } from './rounds.ts'
import type { TrackComparison } from './track.ts'

/** The labels and the target of a comparison. */
export interface Heading {
  readonly title: string
  readonly conditions: string
  /** Ours and the baseline. */
  readonly names: readonly [string, string]
  readonly unit: string
  /** The target for the ratio, if there is one. */
  readonly target?: number
}

/** Prints the hardware and the versions: figures from different machines cannot be compared. */
export function printConditions(postgres: string, eventBytes?: number): void {
  const cores = availableParallelism()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  console.log(
    `machine   ${cpus()[0]?.model ?? 'unknown'}, ${platform()} ${arch()}, ${gigabytes} GB of memory`,
  )
  console.log(
    `cores     ${cores}, shared by client, server and Postgres, each of them in processes of its own`,
  )
  console.log(`node      ${process.version}`)
  console.log(`postgres  ${postgres}`)
  if (eventBytes !== undefined) console.log(`events    ${Math.round(eventBytes)} bytes of JSON on average`)
}

/** Prints the ratio and the figures behind it. */
export function printComparison(heading: Heading, comparison: Comparison): void {
  const all = ratios(comparison)
  const ratio = median(all)
  const { target } = heading
  const verdict =
    target === undefined ? '' : `, target at least ${target}: ${ratio >= target ? 'met' : 'MISSED'}`
  const range = `min ${Math.min(...all).toFixed(2)}, max ${Math.max(...all).toFixed(2)}`
  console.log(`\n${heading.title}`)
  console.log(`  ${heading.conditions}; ${all.length} rounds in turn, every row counted afterwards`)
  console.log(`  ratio ${ratio.toFixed(2)} (median; ${range})${verdict}`)
  printSide(heading.names[0], comparison.ours, heading.unit)
  printSide(heading.names[1], comparison.baseline, heading.unit)
}

/** Prints what a request cost on both sides. */
export function printCosts({ names }: Heading, { ours, baseline }: TrackComparison['costs']): void {
  const p99 = [ours, baseline].map(({ p99Ms }, at) => `${names[at]} ${p99Ms.toFixed(1)} ms`)
  console.log(`  p99              ${p99.join(', ')}`)
  if (Number.isNaN(ours.cpuUs) || Number.isNaN(baseline.cpuUs)) return
  const cpu = [ours, baseline].map(({ cpuUs }, at) => `${names[at]} ${Math.round(cpuUs)} µs`)
  const ratio = (baseline.cpuUs / ours.cpuUs).toFixed(2)
  console.log(`  processor time   ${cpu.join(', ')} of the server for a request (ratio ${ratio})`)
  if (Number.isNaN(ours.postgresUs)) return
  const both = [ours, baseline].map(({ cpuUs, postgresUs }, at) => {
    return `${names[at]} ${Math.round(cpuUs + postgresUs)} µs`
  })
  const ratioOfBoth = ((baseline.cpuUs + baseline.postgresUs) / (ours.cpuUs + ours.postgresUs)).toFixed(2)
  console.log(`                   ${both.join(', ')} with that of Postgres (ratio ${ratioOfBoth})`)
}

/** Prints the processor time for an event, which depends less on what else the machine does. */
export function printImportCosts({ server, postgres, copy }: ImportCosts): void {
  if (Number.isNaN(server) || Number.isNaN(postgres) || Number.isNaN(copy)) return
  const [ours, theirs] = [
    `server ${server.toFixed(1)} µs, Postgres ${postgres.toFixed(1)} µs`,
    copy.toFixed(1),
  ]
  const bound = ((2 * copy) / (server + postgres)).toFixed(2)
  console.log(`  processor time   ${ours} for an event; Postgres ${theirs} µs for a row of COPY`)
  console.log(`                   on two idle cores, of which COPY uses one, these make a ratio of ${bound}`)
}

/** Prints what an event cost in the full and in the small table. */
export function printGrowthCosts(
  [full, small]: readonly [string, string],
  { ours, baseline }: GrowthComparison['costs'],
): void {
  for (const [name, { postgresUs, walBytes, megabytes }] of [
    [full, ours],
    [small, baseline],
  ] as const) {
    const memory = megabytes === undefined ? '' : `; the server had at most ${Math.round(megabytes)} MB`
    const cost = `Postgres ${postgresUs.toFixed(1)} µs and ${Math.round(walBytes)} bytes of WAL for an event`
    console.log(`  ${name.padEnd(16)} ${cost}${memory}`)
  }
  const ratio = (baseline.postgresUs / ours.postgresUs).toFixed(2)
  if (!Number.isNaN(ours.postgresUs)) console.log(`  ratio of the processor time of Postgres ${ratio}`)
}

/** Prints what each worker of Citus did, which does not depend on what else the machine does. */
export function printShapes({ one, two }: Pick<CitusComparison, 'one' | 'two'>): void {
  console.log(
    '\nwhat each worker did for one round: the shape, not the speed, of workers on machines of their own',
  )
  for (const [what, of] of [
    ['import', ({ imported }: Shape) => imported],
    ['counts', ({ counted }: Shape) => counted],
  ] as const) {
    for (const [name, shape] of [
      ['one worker', one],
      ['two workers', two],
    ] as const) {
      const each = of(shape).map(({ rows, blocks }) => {
        const stored = rows === 0 ? '' : `${rows.toLocaleString('en')} rows stored, `
        return `${stored}${blocks.toLocaleString('en')} blocks touched`
      })
      console.log(`  ${what}, ${name.padEnd(12)} ${each.join('; ')}`)
    }
  }
}

function printSide(name: string, values: readonly number[], unit: string): void {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map((value) =>
    Math.round(value).toLocaleString('en'),
  )
  console.log(`  ${name.padEnd(16)} ${middle} ${unit} (median; min ${least}, max ${most})`)
}
