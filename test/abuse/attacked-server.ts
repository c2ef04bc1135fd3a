import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { cloneDatabase } from '../support/database.ts'
import { type ServerProcess, ServerProcesses } from '../support/server-process.ts'

/**
 * What another client may wait for an answer while an attack runs, in ms. An idle machine answers within 100 (see
 * docs/reliability.md); here tests beside this one use the processor too.
 */
export const MAX_WAIT_MS = 400

/** A server in a process of its own, as `npm start` runs it, so that an attack cannot stop the test. */
export interface AttackedServer {
  readonly url: string
  readonly port: number
  readonly process: ServerProcess
  /** Runs an attack, and tells how long another client waited at most for /_twin/health, in ms. */
  longestWait(attack: () => Promise<unknown>): Promise<number>
  /** Most memory that the process has ever held, in MB; undefined where the system does not tell. */
  peakMb(): Promise<number | undefined>
  close(): Promise<void>
}

/** Starts one on a database of its own. In: its environment, and flags of Node such as --max-old-space-size=512. */
export async function startAttackedServer(
  env: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<AttackedServer> {
  const database = await cloneDatabase()
  const servers = new ServerProcesses()
  const settings = { DATABASE_URL: database.connectionString, TWINPANEL_UNKNOWN_TOKENS: 'create', ...env }
  const server = servers.start(settings, nodeFlags)
  const url = await server.url()
  return {
    url,
    port: Number(new URL(url).port),
    process: server,
    longestWait: (attack) => longestWait(url, attack),
    peakMb: () => peakMb(server),
    close: async () => {
      await servers.clean()
      await database.drop()
    },
  }
}

/** How often the other client asks. */
const ASK_EVERY_MS = 5

async function longestWait(url: string, attack: () => Promise<unknown>): Promise<number> {
  let longestMs = 0
  let isOver = false
  const ask = async (): Promise<void> => {
    const beganAt = performance.now()
    const answer = await fetch(`${url}/_twin/health`)
    await answer.text()
    if (answer.status !== 200) throw new Error(`the other client was answered ${answer.status}`)
    longestMs = Math.max(longestMs, performance.now() - beganAt)
  }
  // The first request of a process opens a connection and loads what asks.
  await ask()
  longestMs = 0
  const asking = (async () => {
    while (!isOver) {
      await ask()
      await delay(ASK_EVERY_MS)
    }
  })()
  // Whichever fails first is told; the other must not be left running.
  await Promise.all([attack().finally(() => (isOver = true)), asking])
  return longestMs
}

async function peakMb({ child }: ServerProcess): Promise<number | undefined> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
  const kb = /^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]
  return kb === undefined ? undefined : Number(kb) / 1_024
}
