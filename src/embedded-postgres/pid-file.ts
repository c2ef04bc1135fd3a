import { readFile, rename, rm } from 'node:fs/promises'
import type { Layout } from './layout.ts'

/** The contents of Postgres' `postmaster.pid`. Either field may be missing while it starts. */
export interface PidFile {
  readonly pid: number | undefined
  readonly port: number | undefined
}

/** Reads `postmaster.pid`; undefined if there is none, or it is not readable. */
export async function readPidFile(layout: Layout): Promise<PidFile | undefined> {
  const text = await readFile(layout.pidFile, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parsePidFile(text)
}

/** Parses a `postmaster.pid`: the first line is the process id, the fourth the port. */
export function parsePidFile(text: string): PidFile {
  const lines = text.split('\n')
  return { pid: positive(lines[0]), port: positive(lines[3]) }
}

/**
 * Removes a `postmaster.pid` if its process is no longer Postgres. Postgres does so itself unless the id belongs to a
 * living process, including zombies that nobody reaps, and unrelated processes in a restarted container. If backends
 * are left, their shared memory still keeps a second Postgres from starting. Linux only.
 */
export async function removeDeadPidFile(layout: Layout): Promise<void> {
  const before = await readPidFile(layout)
  if (before?.pid === undefined || (await mayBePostgres(before.pid))) return
  // Moved away and read again, since another server may have written a new one meanwhile.
  const aside = `${layout.pidFile}.dead`
  try {
    await rename(layout.pidFile, aside)
    const moved = parsePidFile(await readFile(aside, 'utf8'))
    if (moved.pid === before.pid) await rm(aside)
    else await rename(aside, layout.pidFile)
  } catch {
    // Another server was faster.
  }
}

/** Without /proc, any process may be. */
async function mayBePostgres(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return true
  // pid (name) state …; the name may contain parentheses.
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
  const state = text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3)
  return name === 'postgres' && state !== 'Z' && state !== 'X'
}

function positive(line: string | undefined): number | undefined {
  const value = Number(line)
  return Number.isInteger(value) && value > 0 ? value : undefined
}
