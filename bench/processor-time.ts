import { readdir, readFile } from 'node:fs/promises'
import type { Client } from 'pg'

/** The unit of the times in /proc. */
const TICK_MS = 10

/** The processor time that all processes of a Postgres have used, in ms; NaN unless it runs on this machine, on Linux. */
export async function processorMs(postgres: Client): Promise<number> {
  try {
    const { rows } = await postgres.query<{ pid: number }>(OWN_PID)
    const [, main = ''] = await readStat(String(rows[0]?.pid))
    return await familyMs(main)
  } catch {
    return Number.NaN
  }
}

/** The processor time that a process and its children have used, in ms. Rejects unless the system is Linux. */
export async function familyMs(main: string): Promise<number> {
  let ticks = 0
  for (const entry of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // It may have ended meanwhile.
    const [, parent, ...rest] = await readStat(entry).catch(() => [])
    const own = Number(rest[9]) + Number(rest[10])
    // With the processes that have ended.
    if (entry === main) ticks += own + Number(rest[11]) + Number(rest[12])
    else if (parent === main) ticks += own
  }
  return ticks * TICK_MS
}

const OWN_PID = 'select pg_backend_pid() as pid'

/** What the kernel says of a process, after its name: the state, the parent, … */
async function readStat(pid: string): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}
