import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { readServer, serverFolder } from './runner.js'

/** As long as the server may take to answer what is under way. */
const LIMIT_MS = 15_000

/** Stops the server of the job, and removes its package and its data. */
export async function stop() {
  const server = readServer()
  if (server !== undefined) await endProcess(server.pid)
  rmSync(serverFolder(), { recursive: true, force: true })
  process.stdout.write(server === undefined ? 'No Twinpanel is running.\n' : 'Twinpanel has stopped.\n')
}

/** Asks a process to end, and ends it when it does not. */
export async function endProcess(pid) {
  const deadline = Date.now() + LIMIT_MS
  if (!signal(pid, 'SIGTERM')) return
  while (signal(pid, 0)) {
    if (Date.now() > deadline) signal(pid, 'SIGKILL')
    await delay(50)
  }
}

/** False if there is no such process. */
function signal(pid, name) {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}
