import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * A separate program: when the test run that holds its standard input has ended in any way, it stops the Postgres on the
 * data directory given as its argument, and removes that directory.
 */
const [directory] = process.argv.slice(2)
if (directory?.includes('twinpanel-test-') !== true) throw new Error('expected the directory of a test run')
await runHasEnded()
await tidy(directory)

function runHasEnded(): Promise<void> {
  return new Promise((ended) => {
    process.stdin.once('close', ended).resume()
  })
}

async function tidy(path: string): Promise<void> {
  // A running initdb may create the directory again before it ends, so once is not enough.
  for (let cleanChecks = 0; cleanChecks < 10; cleanChecks += 1) {
    if (existsSync(path)) cleanChecks = 0
    if (!stopPostgres(path)) removeIfPossible(path)
    await delay(100)
  }
}

/** Stops the Postgres. Out: false if there was none. */
function stopPostgres(path: string): boolean {
  const pidFile = join(path, 'postgres/cluster/postmaster.pid')
  try {
    return process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGINT')
  } catch {
    return false
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // Another process is still writing there.
  }
}
