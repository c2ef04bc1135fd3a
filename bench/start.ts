import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chooseAccount } from '../src/embedded-postgres/account.ts'
import { findBinaries } from '../src/embedded-postgres/binaries.ts'
import { layoutOf } from '../src/embedded-postgres/layout.ts'
import { ids } from '../src/embedded-postgres/user.ts'
import { type Latency, printLatencies } from './latency.ts'
import { printConditions } from './report.ts'
import { readSettings } from './settings.ts'

// Prints how long startTwinpanel() takes in a process of its own, from the import of the built package to the URL, and
// how long initdb alone takes. Every round runs all of them, in a directory of its own.

const PACKAGE = fileURLToPath(new URL('../dist/index.js', import.meta.url))

/** Starts as many servers as `count`, one after the other. Prints how long each took, in ms. */
const PROGRAM = `
  const [options, count] = JSON.parse(process.argv[1])
  for (let n = 0; n < count; n++) {
    const startedAt = performance.now()
    const { startTwinpanel } = await import(${JSON.stringify(PACKAGE)})
    const twinpanel = await startTwinpanel(options)
    console.log(performance.now() - startedAt)
    await twinpanel.stop()
  }`

const NAMES = [
  'ephemeral, the first on a machine',
  'ephemeral',
  'ephemeral, the second in a process',
  'a new data directory',
  'a data directory that is kept',
  'initdb alone',
] as const

/** The durations of one round, in the order of the names. */
async function measureRound(directory: string): Promise<readonly number[]> {
  const dataDir = join(directory, 'data')
  const [first = Number.NaN] = start(directory, {}, 1)
  const [later = Number.NaN, again = Number.NaN] = start(directory, {}, 2)
  const [made = Number.NaN] = start(directory, { dataDir }, 1)
  const [kept = Number.NaN] = start(directory, { dataDir }, 1)
  return [first, later, again, made, kept, await measureInitdb(join(directory, 'alone'))]
}

function start(directory: string, options: { readonly dataDir?: string }, count: number): readonly number[] {
  const args = ['--input-type=module', '-e', PROGRAM, JSON.stringify([options, count])]
  const env = { ...process.env, TMPDIR: directory, HOME: directory, XDG_CACHE_HOME: join(directory, 'cache') }
  return execFileSync(process.execPath, args, { env, encoding: 'utf8' }).trim().split('\n').map(Number)
}

async function measureInitdb(dataDir: string): Promise<number> {
  const [binaries, account] = await Promise.all([findBinaries(), chooseAccount(layoutOf(dataDir))])
  if (!binaries.ok) throw new Error(binaries.error.message)
  if (!account.ok) throw new Error(account.error.message)
  const startedAt = performance.now()
  const args = ['--no-sync', '--locale=C', '--username=twinpanel', '--pgdata', dataDir]
  const ended = spawnSync(binaries.value.initdb, args, { ...ids(account.value), encoding: 'utf8' })
  if (ended.status !== 0) throw new Error(`initdb failed: ${ended.stderr}`)
  return performance.now() - startedAt
}

if (!existsSync(PACKAGE)) throw new Error('There is no built package: run node build/package.ts first.')
const { rounds } = readSettings(process.env)
const measured: (readonly number[])[] = []
for (let round = 0; round < rounds; round++) {
  const directory = mkdtempSync(join(tmpdir(), 'twinpanel-bench-'))
  // Postgres runs as another user if this is root.
  execFileSync('chmod', ['777', directory])
  try {
    measured.push(await measureRound(directory))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
printConditions('the embedded one')
const rows = NAMES.map(
  (name, index): Latency => ({ name, ms: measured.map((ms) => ms[index] ?? Number.NaN) }),
)
printLatencies('startTwinpanel()', `${rounds} rounds, each start in a new process`, rows)
